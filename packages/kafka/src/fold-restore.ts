import type { FoldOptions, StoredState } from './fold.ts'
import { reachingRedis } from './reaching-redis.ts'
import type { StateStore } from './types.ts'

const KEYS_AT_ONCE = 500

/** Reads the published states into the store, joined with what is there, so that repeating it, or doing it twice at once, does no harm. */
export async function restoreStates<V, S>(
  store: StateStore<StoredState<S>>,
  options: FoldOptions<V, S>,
  signal: AbortSignal,
): Promise<number> {
  let waiting = new Map<string, S>()
  let count = 0
  for await (const [key, state] of options.published(signal)) {
    // Of one key the topic's last record is the newest.
    waiting.set(key, state)
    count++
    if (waiting.size < KEYS_AT_ONCE) continue
    await restore(store, options, waiting)
    waiting = new Map()
  }
  // A read that was stopped looks like one that came to its end.
  signal.throwIfAborted()
  await restore(store, options, waiting)
  return count
}

async function restore<V, S>(
  store: StateStore<StoredState<S>>,
  { join, encode }: FoldOptions<V, S>,
  published: ReadonlyMap<string, S>,
): Promise<void> {
  let open = [...published.keys()]
  while (open.length > 0) {
    const entries = await reachingRedis(() => store.load(open))
    const changes = new Map<string, { expected: number; value: StoredState<S> }>()
    const known = new Map<string, number>()
    for (const key of open) {
      const state = published.get(key) as S
      const { version, value } = entries.get(key) ?? { version: 0, value: undefined }
      const joined = value === undefined ? state : join(value.state, state)
      const isWhole = encode(joined) === encode(state)
      const isKept = value !== undefined && encode(joined) === encode(value.state)
      const isSettled = isWhole && isKept
      if (!isSettled) changes.set(key, { expected: version, value: { state: joined, next: value?.next ?? '' } })
      // What the topic says in part only is due again, but the key is known to be published.
      known.set(key, isWhole && !isSettled ? version + 1 : version)
    }
    const moved = changes.size === 0 ? [] : await reachingRedis(() => store.compareAndSet(changes))
    for (const key of moved) known.delete(key)
    if (known.size > 0) await reachingRedis(() => store.markPublished(known))
    open = moved
  }
}

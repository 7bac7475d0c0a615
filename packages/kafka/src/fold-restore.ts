import type { FoldOptions } from './fold.ts'
import { reachingRedis } from './reaching-redis.ts'
import type { StateStore } from './types.ts'

const KEYS_AT_ONCE = 500

/** Reads the published states into the store, joined with what is there, so that repeating it, or doing it twice at once, does no harm. */
export async function restoreStates<V, S>(
  store: StateStore<S>,
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
  store: StateStore<S>,
  { join, encode }: FoldOptions<V, S>,
  published: ReadonlyMap<string, S>,
): Promise<void> {
  let open = [...published.keys()]
  while (open.length > 0) {
    const entries = await reachingRedis(() => store.load(open))
    const changes = new Map<string, { expected: number; value: S }>()
    const complete = new Map<string, number>()
    for (const key of open) {
      const state = published.get(key) as S
      const entry = entries.get(key)
      const joined = entry?.value === undefined ? state : join(entry.value, state)
      const isKnown = entry?.value !== undefined && encode(joined) === encode(entry.value)
      const version = (entry?.version ?? 0) + (isKnown ? 0 : 1)
      if (!isKnown) changes.set(key, { expected: version - 1, value: joined })
      // Only what the topic says in full counts as published.
      if (encode(joined) === encode(state)) complete.set(key, version)
    }
    const moved = changes.size === 0 ? [] : await reachingRedis(() => store.compareAndSet(changes))
    for (const key of moved) complete.delete(key)
    if (complete.size > 0) await reachingRedis(() => store.markPublished(complete))
    open = moved
  }
}

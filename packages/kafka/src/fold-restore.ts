import type { FoldOptions } from './fold.ts'
import { reachingRedis } from './reaching-redis.ts'
import { PUBLISHED, type StoredState } from './stored-state.ts'
import type { StateStore } from './types.ts'

const KEYS_AT_ONCE = 500

/**
 * Reads the published states into the store, joined with what is there, so that repeating it, or doing it twice at once, does no harm. Returns the
 * number of records read.
 */
export async function restoreStates<V, S>(
  store: StateStore<StoredState<S>>,
  options: Pick<FoldOptions<V, S>, 'published' | 'join' | 'encode'>,
  signal: AbortSignal,
): Promise<number> {
  let waiting = new Map<string, S>()
  let count = 0
  for await (const [key, state] of options.published(signal)) {
    const said = waiting.get(key)
    waiting.set(key, said === undefined ? state : options.join(said, state))
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
  { join, encode }: Pick<FoldOptions<V, S>, 'join' | 'encode'>,
  published: ReadonlyMap<string, S>,
): Promise<void> {
  let open = [...published.keys()]
  while (open.length > 0) {
    const entries = await reachingRedis('read the state', () => store.load(open))
    const changes = new Map<string, { expected: number; value: StoredState<S> }>()
    const known = new Map<string, number>()
    for (const key of open) {
      const said = published.get(key) as S
      // Joined with itself it has the form that a fold gives it; else the next record of the key would count as news.
      const state = join(said, said)
      const { value, version = 0 } = entries.get(key) ?? {}
      const joined = value === undefined ? state : join(value.state, state)
      const isWhole = encode(joined) === encode(state)
      const isSettled = isWhole && value !== undefined && encode(joined) === encode(value.state)
      if (!isSettled)
        changes.set(key, { expected: version, value: { state: joined, next: value?.next ?? '', first: PUBLISHED } })
      // What the topic says in part only is due again, but the key is known to be published.
      known.set(key, isWhole && !isSettled ? version + 1 : version)
    }
    const moved = changes.size === 0 ? [] : await reachingRedis('write the state', () => store.compareAndSet(changes))
    for (const key of moved) known.delete(key)
    if (known.size > 0) await reachingRedis('note what is published', () => store.markPublished(known))
    open = moved
  }
}

import type { FoldOptions } from './fold.ts'
import { reachingRedis } from './reaching-redis.ts'
import { rebuildingError, type StateGuard, type Watched } from './state-guard.ts'
import { PUBLISHED, type StoredState } from './stored-state.ts'
import type { InRecord, OutRecord, StateStore, TransformBatch, TransformResult } from './types.ts'

export interface FoldApplyOptions<V, S>
  extends Pick<FoldOptions<V, S>, 'fold' | 'publish' | 'encode' | 'isOver' | 'isSilent' | 'beforePublish'> {
  readonly store: StateStore<StoredState<S>>
  readonly guard: Pick<StateGuard, 'check' | 'advance'>
  /** The guard's name of a partition. Default: its number. */
  readonly watched?: (topic: string, partition: number) => Watched
  /** The committed offset of another topic's partition; asked while nobody can commit there. */
  readonly committedOf?: (topic: string, partition: number) => Promise<bigint | undefined>
}

/** What is kept of a key whose published form is a null. */
const OVER_MS = 3_600_000

type ByKey<V> = ReadonlyMap<string, readonly InRecord<V>[]>

/** A key's state after the batch. */
interface Settled<S> {
  readonly state: S
  readonly before: S | undefined
  readonly version: number
  /** No version is known to be published that says as much. */
  readonly isDue: boolean
  /** No record is known to be published at all. */
  readonly isFirst: boolean
}

/**
 * What a fold makes of a batch, by the state rule (DESIGN §7). State is changed by compare-and-set before the transaction, and every key touched
 * whose version is not known to be published goes out: what a crash cut off is made good by the next owner, and a repeated batch changes and
 * writes nothing.
 */
export function createFoldApply<V, S>(options: FoldApplyOptions<V, S>) {
  const { store, guard, fold, publish, encode, isOver = () => false, isSilent = () => false } = options
  const watched = options.watched ?? ((_topic, partition) => partition)
  return async (batch: TransformBatch<V>): Promise<TransformResult> => {
    const records = Map.groupBy(batch.records, ({ key }) => key)
    const next = (batch.records.at(-1)?.offset ?? batch.committed - 1n) + 1n
    const { settled, filling } = await settle(records, batch, next)
    await guard.advance(watched(batch.topic, batch.partition), next, filling)
    const due = [...settled].filter(([, { isDue }]) => isDue)
    if (due.length > 0) await options.beforePublish?.(new Map(due.map(([key, { state }]) => [key, state])))
    return {
      outputs: due.flatMap(([key, { state, before, isFirst }]) => {
        const cause = records.get(key)?.at(-1) as InRecord<V>
        const outputs = [publish(key, state, { before, isFirst, cause })].flat() as OutRecord<unknown>[]
        return outputs.map((output) => ({ ...output, cause }))
      }),
      afterCommit: async () => {
        await markPublished(new Map(due.map(([key, { version }]) => [key, version])))
        const over = due.flatMap(([key, { state }]) => (isOver(state) ? [key] : []))
        if (over.length > 0) await reachingRedis('let go of what is over', () => store.expire(over, OVER_MS))
      },
    }
  }

  /** Folds until every key's compare-and-set has held, in one filling of Redis. */
  async function settle(records: ByKey<V>, batch: TransformBatch<V>, next: bigint) {
    const settled = new Map<string, Settled<S>>()
    let filling: string | undefined
    let open = [...records.keys()]
    do {
      batch.signal.throwIfAborted()
      const entries = await reachingRedis('read the state', () => store.load(open))
      // After the load: a Redis that was emptied before it has no mark, and what was loaded from it must not count.
      const seen = await guard.check(watched(batch.topic, batch.partition), batch.committed, batch.signal)
      if (filling !== undefined && seen !== filling) throw rebuildingError('the state in Redis was replaced')
      filling = seen
      const changes = new Map<string, { expected: number; value: StoredState<S> }>()
      for (const key of open) {
        const { value: known, version = 0, publishedVersion = 0 } = entries.get(key) ?? {}
        const state = (records.get(key) ?? []).reduce(fold, known?.state)
        if (state === undefined) continue
        const isSpoken = known !== undefined && !isSilent(known.state)
        const isFirst = !isSpoken || (version > publishedVersion && !(await isCommitted(known.first, batch)))
        const here = `${batch.topic}@${next}`
        const first = isSilent(state) ? '' : isFirst ? here : (known?.first ?? here)
        const isSame = known !== undefined && first === known.first && encode(known.state) === encode(state)
        if (!isSame) changes.set(key, { expected: version, value: { state, next: here, first } })
        settled.set(key, {
          state,
          before: publishedVersion > 0 && version === publishedVersion ? known?.state : undefined,
          version: isSame ? version : version + 1,
          isDue: !isSame || version > publishedVersion,
          isFirst,
        })
      }
      open = changes.size === 0 ? [] : await reachingRedis('write the state', () => store.compareAndSet(changes))
    } while (open.length > 0)
    return { settled, filling }
  }

  async function markPublished(versions: ReadonlyMap<string, number>): Promise<void> {
    if (versions.size > 0) await reachingRedis('note what is published', () => store.markPublished(versions))
  }

  /** A process may die after the commit and before it notes what is published; the committed offset knows it too. */
  async function isCommitted(place: string, batch: TransformBatch<V>): Promise<boolean> {
    if (place === '' || place === PUBLISHED) return place === PUBLISHED
    const [topic = '', next = '0'] = place.split('@')
    const committed = topic === batch.topic ? batch.committed : await options.committedOf?.(topic, batch.partition)
    return committed !== undefined && BigInt(next) <= committed
  }
}

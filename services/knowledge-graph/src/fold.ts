import type { InRecord, StateStore, TransformBatch, TransformResult } from '@millrace/kafka'
import type { KnowledgeObservation } from '@millrace/schemas'
import { askRedis } from './ask-redis.ts'
import { encodeState, type GraphState, stateOfObservation } from './graph-state.ts'
import { joinStates } from './join-states.ts'
import { publishState } from './publish-state.ts'
import type { StateGuard } from './state-guard.ts'

export interface FoldOptions {
  readonly store: StateStore<GraphState>
  readonly guard: Pick<StateGuard, 'check' | 'advance'>
}

/** What a batch says of one key. */
interface Seen {
  readonly state: GraphState
  readonly record: InRecord<KnowledgeObservation>
}

/** A key's state after the batch. */
interface Settled {
  readonly state: GraphState
  readonly version: number
  readonly isPublished: boolean
}

/**
 * The fold step as a transform: observations in, nodes and relationships out, by the state rule (DESIGN §7). State is changed by compare-and-set
 * before the transaction, and every key touched whose version is not known to be published goes out: what a crash cut off is made good by the
 * next owner, and a repeated batch changes and writes nothing.
 */
export function createFold({ store, guard }: FoldOptions) {
  return async (batch: TransformBatch<KnowledgeObservation>): Promise<TransformResult> => {
    const seen = gather(batch.records)
    const settled = await settle(seen, batch)
    await guard.advance(batch.partition, nextOffset(batch))
    const due = [...settled].filter(([, { isPublished }]) => !isPublished)
    return {
      outputs: due.map(([key, { state }]) => publishState(state, seen.get(key)?.record)),
      afterCommit: () => markPublished(new Map(due.map(([key, { version }]) => [key, version]))),
    }
  }

  async function settle(
    seen: ReadonlyMap<string, Seen>,
    batch: TransformBatch<unknown>,
  ): Promise<Map<string, Settled>> {
    const settled = new Map<string, Settled>()
    let open = [...seen.keys()]
    while (open.length > 0) {
      batch.signal.throwIfAborted()
      open = await settleSome(open, seen, settled, batch)
    }
    return settled
  }

  /** One round of compare-and-set; returns the keys that somebody else changed meanwhile. */
  async function settleSome(
    keys: readonly string[],
    seen: ReadonlyMap<string, Seen>,
    settled: Map<string, Settled>,
    batch: TransformBatch<unknown>,
  ): Promise<string[]> {
    const entries = await askRedis('read the graph state', () => store.load(keys))
    // After the load: a Redis that was emptied before it has no mark, and what was loaded from it must not count.
    await guard.check(batch.partition, batch.committed)
    const changes = new Map<string, { expected: number; value: GraphState }>()
    for (const key of keys) {
      const found = seen.get(key)?.state
      const entry = entries.get(key)
      if (found === undefined) continue
      const known = entry?.value
      const state = joinStates(known ?? found, found)
      const version = entry?.version ?? 0
      const isSame = known !== undefined && encodeState(known) === encodeState(state)
      if (!isSame) changes.set(key, { expected: version, value: state })
      const isPublished = isSame && version <= (entry?.publishedVersion ?? 0)
      settled.set(key, { state, version: isSame ? version : version + 1, isPublished })
    }
    if (changes.size === 0) return []
    return askRedis('write the graph state', () => store.compareAndSet(changes))
  }

  async function markPublished(versions: ReadonlyMap<string, number>): Promise<void> {
    if (versions.size > 0) await askRedis('note what is published', () => store.markPublished(versions))
  }
}

function gather(records: readonly InRecord<KnowledgeObservation>[]): Map<string, Seen> {
  const seen = new Map<string, Seen>()
  for (const record of records) {
    if (record.value === null) continue
    const state = stateOfObservation(record.value)
    const known = seen.get(record.key)
    seen.set(record.key, { state: joinStates(known?.state ?? state, state), record })
  }
  return seen
}

function nextOffset(batch: TransformBatch<unknown>): bigint {
  return (batch.records.at(-1)?.offset ?? batch.committed - 1n) + 1n
}

import type { Kafka, StateStore } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import { askRedis } from './ask-redis.ts'
import { encodeState, type GraphState, stateOfNode, stateOfRelationship } from './graph-state.ts'
import { joinStates } from './join-states.ts'

const KEYS_AT_ONCE = 500

export interface RebuildOptions {
  readonly kafka: Pick<Kafka, 'read' | 'decode'>
  readonly store: StateStore<GraphState>
  /** Keeps every owner from committing on state that it had in hand when Redis lost it. */
  readonly fenceOwners: () => Promise<void>
  readonly signal: AbortSignal
}

/**
 * Reads `knowledge.nodes` and `knowledge.relationships` to their ends into the state store. What is there already is joined with, so that
 * repeating it, or doing it twice at once, does no harm. Returns the number of records read.
 */
export async function rebuildState(options: RebuildOptions): Promise<number> {
  await options.fenceOwners()
  let count = 0
  let waiting = new Map<string, GraphState>()
  for await (const [key, state] of publishedStates(options)) {
    const known = waiting.get(key)
    waiting.set(key, known === undefined ? state : joinStates(known, state))
    count += 1
    if (waiting.size < KEYS_AT_ONCE) continue
    await restore(options.store, waiting)
    waiting = new Map()
  }
  await restore(options.store, waiting)
  return count
}

/** Whether nothing was ever written to either topic. */
export async function isGraphEmpty(kafka: Pick<Kafka, 'ends'>): Promise<boolean> {
  const ends = [...(await kafka.ends(topics.nodes)).values(), ...(await kafka.ends(topics.relationships)).values()]
  return ends.every((end) => end === 0n)
}

async function* publishedStates({
  kafka,
  signal,
}: Pick<RebuildOptions, 'kafka' | 'signal'>): AsyncGenerator<[string, GraphState]> {
  const reading = { from: 'beginning', untilEnd: true, signal } as const
  for await (const record of kafka.read(topics.nodes, reading)) {
    const node = kafka.decode(topics.nodes, record)
    if (node !== null && record.key !== null) yield [record.key, stateOfNode(node)]
  }
  for await (const record of kafka.read(topics.relationships, reading)) {
    const relationship = kafka.decode(topics.relationships, record)
    if (relationship !== null && record.key !== null) yield [record.key, stateOfRelationship(relationship)]
  }
  // A read that was stopped looks like one that came to its end.
  signal.throwIfAborted()
}

async function restore(store: StateStore<GraphState>, published: ReadonlyMap<string, GraphState>): Promise<void> {
  let open = [...published.keys()]
  while (open.length > 0) {
    const entries = await askRedis('read the graph state', () => store.load(open))
    const changes = new Map<string, { expected: number; value: GraphState }>()
    const complete = new Map<string, number>()
    for (const key of open) {
      const state = published.get(key)
      const entry = entries.get(key)
      if (state === undefined) continue
      const joined = joinStates(entry?.value ?? state, state)
      const isKnown = entry?.value !== undefined && encodeState(joined) === encodeState(entry.value)
      const version = (entry?.version ?? 0) + (isKnown ? 0 : 1)
      if (!isKnown) changes.set(key, { expected: version - 1, value: joined })
      // Only what the topic says in full counts as published.
      if (encodeState(joined) === encodeState(joinStates(state, state))) complete.set(key, version)
    }
    const moved = changes.size === 0 ? [] : await askRedis('write the graph state', () => store.compareAndSet(changes))
    for (const key of moved) complete.delete(key)
    if (complete.size > 0) await askRedis('note what is published', () => store.markPublished(complete))
    open = moved
  }
}

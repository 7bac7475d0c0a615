import { topicKey } from '@millrace/domain'
import { type Kafka, type Log, type RunningFold, startFold } from '@millrace/kafka'
import { type KnowledgeObservation, type Topic, topics } from '@millrace/schemas'
import type { Redis } from 'ioredis'
import { foldObservation } from './fold-observation.ts'
import { isForgotten } from './forget-events.ts'
import { decodeState, encodeState, type GraphState, statesOfNode, statesOfRelationship } from './graph-state.ts'
import { joinStates } from './join-states.ts'
import { publishGraph } from './publish-graph.ts'

/** Nobody waits for the folded graph as for an answer, and answers wait for what the broker has to do. */
const FOLD_LINGER_MS = 200

export interface GraphParts {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly log: Log
  readonly clusterId: string
}

/**
 * Folds observations into nodes and relationships: one writer a node and its relationships, nothing skipped, nothing older wins (DESIGN §7,
 * "State").
 */
export function writeGraph({ kafka, redis, log, clusterId }: GraphParts): RunningFold<KnowledgeObservation> {
  return startFold<KnowledgeObservation, GraphState>({
    kafka,
    redis,
    log,
    clusterId,
    group: 'knowledge-fold',
    lingerMs: FOLD_LINGER_MS,
    from: topics.observations,
    into: [topics.nodes, topics.relationships],
    fold: foldObservation,
    join: joinStates,
    encode: encodeState,
    decode: decodeState,
    isOver: isForgotten,
    publish: (_, state, detail) => publishGraph(state, detail),
    published: (signal) => publishedStates(kafka, signal),
  })
}

async function* publishedStates(kafka: Kafka, signal: AbortSignal): AsyncGenerator<readonly [string, GraphState]> {
  for await (const node of living(kafka, topics.nodes, signal)) yield* keyed(statesOfNode(node))
  for await (const relationship of living(kafka, topics.relationships, signal))
    yield* keyed(statesOfRelationship(relationship))
}

function* keyed(states: Iterable<GraphState>): Generator<readonly [string, GraphState]> {
  for (const state of states) yield [topicKey(state.tenant, state.id), state]
}

/** The values of a compacted topic, but for keys whose last record says that they are gone: what went must not come back. */
async function* living<V>(kafka: Kafka, topic: Topic<V>, signal: AbortSignal): AsyncGenerator<V> {
  const reading = { from: 'beginning', untilEnd: true, signal } as const
  const gone = new Set<string>()
  for await (const { key, value } of kafka.read(topic as Topic<unknown>, reading)) {
    if (value === null) gone.add(key ?? '')
    else gone.delete(key ?? '')
  }
  for await (const record of kafka.read(topic as Topic<unknown>, reading)) {
    const value = kafka.decode(topic, record)
    if (value !== null && record.key !== null && !gone.has(record.key)) yield value
  }
}

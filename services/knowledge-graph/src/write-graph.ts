import { type InRecord, type Kafka, type Log, type RunningFold, startFold } from '@millrace/kafka'
import { type KnowledgeObservation, topics } from '@millrace/schemas'
import type { Redis } from 'ioredis'
import {
  decodeState,
  encodeState,
  type GraphState,
  stateOfNode,
  stateOfObservation,
  stateOfRelationship,
} from './graph-state.ts'
import { joinStates } from './join-states.ts'
import { publishState } from './publish-state.ts'

export interface GraphParts {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly log: Log
  readonly clusterId: string
}

/** Folds observations into nodes and relationships: one writer a key, nothing skipped, nothing older wins (DESIGN §7, "State"). */
export function writeGraph({ kafka, redis, log, clusterId }: GraphParts): RunningFold<KnowledgeObservation> {
  return startFold<KnowledgeObservation, GraphState>({
    kafka,
    redis,
    log,
    clusterId,
    group: 'knowledge-fold',
    from: topics.observations,
    into: [topics.nodes, topics.relationships],
    fold: foldObservation,
    join: joinStates,
    encode: encodeState,
    decode: decodeState,
    publish: (_, state) => publishState(state),
    published: (signal) => publishedStates(kafka, signal),
  })
}

/** What is known once an observation has been seen. */
export function foldObservation(
  known: GraphState | undefined,
  { value }: Pick<InRecord<KnowledgeObservation>, 'value'>,
): GraphState | undefined {
  if (value === null) return known
  const seen = stateOfObservation(value)
  return joinStates(known ?? seen, seen)
}

async function* publishedStates(kafka: Kafka, signal: AbortSignal): AsyncGenerator<readonly [string, GraphState]> {
  const reading = { from: 'beginning', untilEnd: true, signal } as const
  for await (const record of kafka.read(topics.nodes, reading)) {
    const node = kafka.decode(topics.nodes, record)
    if (node !== null && record.key !== null) yield [record.key, stateOfNode(node)]
  }
  for await (const record of kafka.read(topics.relationships, reading)) {
    const relationship = kafka.decode(topics.relationships, record)
    if (relationship !== null && record.key !== null) yield [record.key, stateOfRelationship(relationship)]
  }
}

import { graphMessage, topicKey } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { type Erasure, type KnowledgeObservation, type Topic, topics } from '@millrace/schemas'
import { writeRecords } from '../write-record.ts'
import { conversationsOf, type ErasureScope, ownNodesOf, type TouchedNode } from './scope.ts'

/** Event ids that one message names at most, so that it stays far below what its topic takes. */
const EVENTS_A_MESSAGE = 2_000

/** Notes that subjects are erased, each under its hash. Written again it is the same. */
export async function writeErasures(kafka: Kafka, erasures: readonly Erasure[]): Promise<void> {
  await writeRecords(
    kafka,
    topics.erasures,
    erasures.map((erasure) => [topicKey(erasure.tenant, erasure.subject_hash), erasure]),
  )
}

/**
 * The last state of erased conversations, of nodes that are theirs alone and of what leads from and to these is nothing. Their owners cannot say so any
 * more, since nothing is written of who is erased. @returns how many nulls by topic
 */
export async function writeNulls(kafka: Kafka, scope: ErasureScope): Promise<ReadonlyMap<string, number>> {
  const gone: readonly (readonly [topic: Topic<unknown>, ids: readonly string[]])[] = [
    [topics.snapshots as Topic<unknown>, conversationsOf(scope)],
    [topics.nodes as Topic<unknown>, ownNodesOf(scope)],
    [topics.relationships as Topic<unknown>, scope.relationships],
  ]
  const writing = gone.map(([topic, ids]) =>
    writeRecords(
      kafka,
      topic,
      ids.map((id) => [topicKey(scope.tenant, id), null]),
    ),
  )
  await Promise.all(writing)
  return new Map(gone.map(([topic, ids]) => [topic.name, ids.length]))
}

/**
 * Tells the owners of nodes to fold again without what they know of these events. Nodes and relationships have one writer, so nothing is written in
 * its place. @returns how many nodes were told
 */
export async function askToForget(kafka: Kafka, scope: ErasureScope, at: number): Promise<number> {
  const records = scope.nodes.flatMap((node) => forgetRecords(scope.tenant, node, at))
  await writeRecords(
    kafka,
    topics.observations,
    records.map((value) => [topicKey(value.tenant, value.id), value]),
  )
  return scope.nodes.length
}

function forgetRecords(tenant: string, { id, events }: TouchedNode, at: number): KnowledgeObservation[] {
  const records: KnowledgeObservation[] = []
  for (let start = 0; start < events.length; start += EVENTS_A_MESSAGE)
    records.push(forgetRecord(tenant, id, { events: events.slice(start, start + EVENTS_A_MESSAGE) }, at))
  return records
}

function forgetRecord(tenant: string, id: string, message: object, at: number): KnowledgeObservation {
  return graphMessage({ tenant, id, subject: 'forget', event_id: '', extractor: 'erasure', observed_at: at }, message)
}

import { topicKey } from '@millrace/domain'
import { type OutRecord, output } from '@millrace/kafka'
import { type KnowledgeExtraction, topics } from '@millrace/schemas'
import type { Extractor, Graph } from './extractor.ts'
import { cloudEvent, type Observed } from './observations.ts'

/** Room in a record for everything but the answer. */
const MAX_ANSWER_BYTES = topics.extractions.maxValueBytes - 1_048_576

export interface Extracted {
  readonly graph: Graph
  /** The answer to keep, or null. */
  readonly reply: Buffer | null
  /** Epoch milliseconds. */
  readonly now: number
}

/** The record of one extraction, under its client's key. */
export function extractionRecord(
  { tenant, id: event_id, aboutId: about_id, clientId: client_id }: Observed,
  extractor: Extractor,
  extraction_id: string,
  { graph, reply, now }: Extracted,
): OutRecord<unknown> {
  const value: KnowledgeExtraction = {
    tenant,
    extraction_id,
    event_id,
    about_id,
    client_id,
    extractor: extractor.name,
    extractor_version: extractor.version,
    extracted_at: now,
    node_ids: graph.nodes.map((node) => node.id),
    relationship_ids: graph.relationships.map((relationship) => relationship.id),
    reply: reply !== null && reply.length <= MAX_ANSWER_BYTES ? reply : null,
  }
  const headers = cloudEvent(tenant, extraction_id, 'millrace.knowledge.extracted')
  return output({ topic: topics.extractions, key: topicKey(tenant, client_id ?? event_id), value, headers })
}

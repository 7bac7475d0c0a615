import { parseJson, RECORD_CONTENT_TYPE, topicKey } from '@millrace/domain'
import type { OutRecord } from '@millrace/kafka'
import { type KnowledgeExtraction, type KnowledgeObservation, topics, type WebhookEvent } from '@millrace/schemas'
import { failedAnswer, processedAnswer, reasonOf } from './answer.ts'
import type { Extraction, Extractor, Graph, Problem } from './extractor.ts'
import type { DraftNode, DraftRelationship } from './graph-draft.ts'
import { extractionId } from './graph-ids.ts'

/** Room in a record of `knowledge.extractions` for everything but the answer. */
const MAX_ANSWER_BYTES = topics.extractions.maxValueBytes - 1_048_576

/** What one event gives: the records to write and the answer for whoever waits. */
export interface ExtractedEvent {
  readonly outputs: readonly OutRecord<unknown>[]
  readonly answer: Buffer
  readonly status: 'processed' | 'failed'
}

/** Reads one event by its extractor. Pure, except that `now` (epoch ms) stamps the extraction's record. */
export function extractEvent(event: WebhookEvent, extractor: Extractor, now: number): ExtractedEvent {
  const body = parseJson(event.payload)
  const scope = { account: event.account, clientId: event.client_id }
  const extraction: Extraction = body.ok
    ? extractor.extract(body.value, scope)
    : { ok: false, problems: [{ pointer: '', rule: 'JSON' }] }
  const graph = extraction.ok ? extraction.graph : emptyGraph
  const id = extractionId(event.tenant, event.event_id, extractor.name, extractor.version)
  const answer = extraction.ok
    ? processedAnswer(event, body.ok ? body.value : null, id, extractor, graph)
    : unreadable(event, extraction.problems)
  const outputs = [
    ...observationsOf(event, extractor, id, graph),
    extractionOf(event, extractor, id, graph, answer, now),
  ]
  return { outputs, answer, status: extraction.ok ? 'processed' : 'failed' }
}

const emptyGraph: Graph = { nodes: [], relationships: [], unread: [] }

function unreadable(event: WebhookEvent, problems: readonly Problem[]): Buffer {
  return failedAnswer(
    event,
    'MR_KNOWLEDGE_TASK_UNREADABLE',
    `There is no task to read: ${reasonOf(problems)}`,
    problems,
  )
}

function observationsOf(event: WebhookEvent, extractor: Extractor, id: string, graph: Graph): OutRecord<unknown>[] {
  const seen = {
    tenant: event.tenant,
    event_id: event.event_id,
    extraction_id: id,
    extractor: extractor.name,
    extractor_version: extractor.version,
    // A sender's clock that runs ahead would hold off all later news.
    observed_at: Math.min(event.occurred_at, event.received_at),
    is_retracted: false,
  }
  const ofNode = (node: DraftNode): KnowledgeObservation => ({
    ...seen,
    subject: 'node',
    id: node.id,
    type: node.type,
    label: node.label,
    from_id: null,
    to_id: null,
    properties_json: JSON.stringify(node.properties),
    client_id: node.isOfClient ? event.client_id : null,
  })
  const ofRelationship = (relationship: DraftRelationship): KnowledgeObservation => ({
    ...seen,
    subject: 'relationship',
    id: relationship.id,
    type: relationship.type,
    label: '',
    from_id: relationship.from_id,
    to_id: relationship.to_id,
    properties_json: JSON.stringify(relationship.properties),
    client_id: event.client_id,
  })
  const observations = [...graph.nodes.map(ofNode), ...graph.relationships.map(ofRelationship)]
  return observations.map((value) => ({
    topic: topics.observations,
    key: topicKey(event.tenant, value.id),
    value,
    headers: headersOf(event, `${id}/${value.id}`, 'millrace.knowledge.observed'),
  }))
}

function extractionOf(
  event: WebhookEvent,
  extractor: Extractor,
  id: string,
  graph: Graph,
  answer: Buffer,
  now: number,
): OutRecord<unknown> {
  const value: KnowledgeExtraction = {
    tenant: event.tenant,
    extraction_id: id,
    event_id: event.event_id,
    client_id: event.client_id,
    extractor: extractor.name,
    extractor_version: extractor.version,
    extracted_at: now,
    node_ids: graph.nodes.map((node) => node.id),
    relationship_ids: graph.relationships.map((relationship) => relationship.id),
    reply: isKept(event, graph) && answer.length <= MAX_ANSWER_BYTES ? answer : null,
  }
  const key = topicKey(event.tenant, event.client_id ?? event.event_id)
  return { topic: topics.extractions, key, value, headers: headersOf(event, id, 'millrace.knowledge.extracted') }
}

/** Kept for who asked; and for who wants to know why there is no graph. */
function isKept(event: WebhookEvent, graph: Graph): boolean {
  return event.reply_to !== null || graph.nodes.length === 0
}

/** CloudEvents headers in binary mode, as on every record. */
function headersOf(event: WebhookEvent, id: string, type: string): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: id,
    ce_type: type,
    ce_source: 'knowledge-graph',
    ce_tenant: event.tenant,
    'content-type': RECORD_CONTENT_TYPE,
  }
}

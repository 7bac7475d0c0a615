import { asId, at } from '@millrace/domain'
import type { WebhookEvent } from '@millrace/schemas'
import { type KnowledgeErrorCode, knowledgeErrors } from './errors.ts'
import type { Extractor, Graph, Problem } from './extractor.ts'
import { leaveOutDetails } from './leave-out-details.ts'

/** What the answers of the first integration call their source, however an installation names it. */
const CLIENT_TASK_SOURCE = 'make.com_chatgpt_clients'

/**
 * The answer to a synchronous caller: JSON with `status: "processed"` and the graph. It holds nothing but what the event says, so the same event
 * always has the same bytes.
 */
export function processedAnswer(
  event: WebhookEvent,
  body: unknown,
  extractionId: string,
  extractor: Extractor,
  extracted: Graph,
): Buffer {
  const hasDetails = at(body, 'include_task_details') !== false
  const graph = hasDetails ? extracted : leaveOutDetails(extracted)
  return toBytes({
    webhook_id: event.webhook_id,
    status: 'processed',
    client_id: event.client_id,
    result: {
      webhook_id: event.webhook_id,
      client_id: event.client_id,
      action_id: asId(at(body, 'action_id')),
      timestamp: new Date(event.received_at).toISOString(),
      source: event.provider === 'make' ? CLIENT_TASK_SOURCE : event.source,
      knowledge_graph: {
        client_id: event.client_id,
        extraction_id: extractionId,
        knowledge_nodes: graph.nodes.map(({ id, type, label, properties }) => ({ id, type, label, properties })),
        relationships: graph.relationships.map(({ id, type, from_id, to_id, properties }) => ({
          id,
          type,
          from_id,
          to_id,
          properties,
        })),
        metadata: {
          extractor: extractor.name,
          extractor_version: extractor.version,
          node_count: graph.nodes.length,
          relationship_count: graph.relationships.length,
          ...(hasDetails ? {} : { task_details: false }),
          unread: graph.unread,
        },
      },
    },
  })
}

/**
 * The answer when there is no graph: `status: "failed"` with a code for programs, a reason for people and every problem by JSON pointer.
 * `status_code` is what an HTTP caller should get (422, or 500 for a fault of ours): a 200 would let a Make scenario go on without a graph.
 */
export function failedAnswer(
  event: WebhookEvent,
  code: KnowledgeErrorCode,
  reason: string,
  problems: readonly Problem[],
): Buffer {
  return toBytes({
    webhook_id: event.webhook_id,
    status: 'failed',
    client_id: event.client_id,
    error: { code, status_code: knowledgeErrors[code].statusCode, reason, problems },
  })
}

/** The answer to an event on which extraction broke. What went wrong is in the log and with the dead letter, not here. */
export function brokenAnswer(event: WebhookEvent): Buffer {
  const reason =
    'The task could not be read because of a fault of ours; it is kept, and will be read once that is mended.'
  return failedAnswer(event, 'MR_KNOWLEDGE_EXTRACTION_FAILED', reason, [])
}

/** Why there is no graph, in one sentence. */
export function reasonOf(problems: readonly Problem[]): string {
  return `${problems.map(({ pointer, rule }) => `${pointer === '' ? 'the body' : pointer} must be ${rule}`).join('; ')}.`
}

function toBytes(answer: object): Buffer {
  return Buffer.from(JSON.stringify(answer))
}

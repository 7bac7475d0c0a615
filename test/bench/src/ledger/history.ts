import type {
  Attempt,
  ConversationSnapshot,
  Delivery,
  KnowledgeExtraction,
  KnowledgeNode,
  KnowledgeRelationship,
  WebhookEvent,
} from '@millrace/schemas'
import { type GeneratedEvent, generateEvents } from '@millrace/test-support'

export const TENANT = 'default'
const CLIENTS = 20_000
const ENDPOINTS = 50
/** Events of a conversation that its snapshot names. */
const NAMED = 10

/** One event and what a whole system writes because of it. */
export interface Story {
  readonly event: WebhookEvent
  readonly snapshot: ConversationSnapshot
  readonly extraction: KnowledgeExtraction
  readonly node: KnowledgeNode
  readonly relationship: KnowledgeRelationship
  readonly delivery: Delivery
  readonly attempt: Attempt
}

export interface HistoryOptions {
  readonly events: number
  readonly conversations: number
  /** Time of the first event, and between two, milliseconds. */
  readonly startAt: number
  readonly stepMs: number
  /** Put into every id, so that histories do not meet. */
  readonly name: string
}

const CHUNK = 5_000

/** Stories of as many events, a few thousand in memory at a time. */
export function* history({ events, conversations, startAt, stepMs, name }: HistoryOptions): Generator<Story> {
  const named = new Map<string, string[]>()
  for (let first = 0; first < events; first += CHUNK) {
    const count = Math.min(CHUNK, events - first)
    const seed = first + 1
    const generated = generateEvents({ count, conversations: CHUNK, duplicateRatio: 0, seed, startAt: startAt + first })
    for (const [index, each] of generated.events.entries()) {
      const number = first + index
      yield storyOf(each, { number, at: Math.round(startAt + number * stepMs), conversations, name, named })
    }
  }
}

interface Place {
  readonly number: number
  readonly at: number
  readonly conversations: number
  readonly name: string
  readonly named: Map<string, string[]>
}

function storyOf({ body, type }: GeneratedEvent, { number, at, conversations, name, named }: Place): Story {
  const eventId = `evt_${name}${number.toString(36)}`
  // A prime, so that neighbours in time are of different conversations.
  const conversationId = `cnv_${name}${((number * 7_919) % conversations).toString(36)}`
  const clientId = `client-${(number * 104_729) % CLIENTS}`
  const endpointId = `ep_${number % ENDPOINTS}`
  const ids = [eventId, ...(named.get(conversationId) ?? [])].slice(0, NAMED)
  named.set(conversationId, ids)
  const about = { tenant: TENANT, event_id: eventId }
  const aboutId = { about_id: conversationId }
  const delivery = {
    ...about,
    ...aboutId,
    delivery_id: `msg_${name}${number.toString(36)}`,
    endpoint_id: endpointId,
    run_id: '',
  }
  return {
    event: {
      ...{ ...about, identity: 'provider', account: 'default', provider: 'front', source: 'front', origin: 'webhook' },
      ...{ type, priority: 'high', provider_type: 'inbound_received', completeness: 'full', contact_id: null },
      ...{ occurred_at: at - 400, received_at: at, webhook_id: `wh-${name}${number}`, conversation_id: conversationId },
      ...{ client_id: clientId, received_position: `webhooks.received.v1-0-${number}`, reply_to: null },
      ...{ content_type: 'application/json', payload: body },
    },
    snapshot: snapshotOf(conversationId, ids, at),
    extraction: {
      ...{
        ...about,
        ...aboutId,
        extraction_id: `x-${eventId}`,
        client_id: clientId,
        extractor: 'front',
        extractor_version: 1,
      },
      ...{ extracted_at: at + 40, node_ids: [`client:${clientId}`], relationship_ids: [], reply: null },
    },
    node: {
      ...{ tenant: TENANT, id: `client:${clientId}`, type: 'client', label: `Client ${clientId}`, same_as: null },
      ...{
        properties_json: `{"name":"Client ${clientId}","events":${number}}`,
        identities: [],
        client_ids: [clientId],
      },
      ...{ first_seen: at, last_seen: at, provenance: [] },
    },
    relationship: {
      ...{ tenant: TENANT, id: `takes-part:${clientId}:${conversationId}`, type: 'takes-part', valid_to: null },
      ...{ from_id: `client:${clientId}`, to_id: `conversation:${conversationId}`, properties_json: '{}' },
      ...{ client_ids: [clientId], first_seen: at, last_seen: at, provenance: [] },
    },
    delivery: {
      ...{ ...delivery, event_type: type, conversation_id: conversationId, requested_at: at + 20, attempts: 0 },
      ...{ not_before: 0, due_at: 0, waiting_for: '', first_requested_at: 0, sequence: 0, predecessor_id: null },
      ...{ approval: null, preview: null, body: body.subarray(0, 400) },
    },
    attempt: {
      ...{ ...delivery, event_type: type, attempt: 1, started_at: at + 30, duration_ms: 15, status_code: 204 },
      ...{
        outcome: 'succeeded',
        error_code: null,
        plan: '',
        next_attempt_at: null,
        phase: 'done',
        address: '192.0.2.1',
      },
      ...{ is_reused: true, dns_us: null, connect_us: null, tls_us: null, first_byte_us: 900, bytes_sent: 900 },
      ...{ bytes_received: 80, retry_after_ms: null, answer: null },
    },
  }
}

function snapshotOf(conversation_id: string, caused_by: string[], at: number): ConversationSnapshot {
  const message = (index: number) => ({
    ...{ id: `msg_${conversation_id}_${index}`, type: 'email', is_inbound: index % 2 === 0, created_at: at - index },
    ...{ subject: 'About the order', blurb: null, text: 'x'.repeat(300), is_truncated: false, author: null },
    ...{ recipients: [], attachments: [] },
  })
  return {
    ...{ tenant: TENANT, account: 'default', conversation_id, state: 'live', merged_into: null, completeness: 'full' },
    ...{ as_of: at, caused_by, pending: [], is_first: caused_by.length === 1, subject: 'About the order' },
    ...{ status: 'unassigned', assignee: null, recipient: null, tags: [], custom_fields_json: '{}', created_at: at },
    ...{ messages: [message(0), message(1), message(2)], comments: [], has_more: false, fold_json: '{}' },
  }
}

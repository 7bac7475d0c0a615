import type { WebhookEvent } from '@millrace/schemas'
import { type FixtureName, type FrontSchemeName, fixture, fixtureNames } from '@millrace/test-support'

interface Expected {
  readonly scheme: FrontSchemeName
  readonly type: string
  readonly conversationId: string
  /** Front's own id of the event; null where the body has none. */
  readonly eventId: string | null
}

/** What each published sample is, read by eye. */
const expected: Readonly<Partial<Record<FixtureName, Expected>>> = {
  'front/app-webhook.inbound_received.json': is('app', 'message.received', 'cnv_1042nr10', 'evt_3s78kxhw'),
  'front/rule-webhook.archive.no-target.json': is('rule', 'conversation.archived', 'cnv_keo696', 'evt_28du7y2'),
  'front/rule-webhook.assign.preview.json': is('rule', 'conversation.assigned', 'cnv_55c8c149', 'evt_55c8c149'),
  'front/rule-webhook.assign.status-invisible.json': is('rule', 'conversation.assigned', 'cnv_keo696', 'evt_28du6my'),
  'front/rule-webhook.inbound.json': is('rule', 'message.received', 'cnv_keocka', 'evt_28duo2q'),
  'front/rule-webhook.mention.json': is('rule', 'comment.mentioned', 'cnv_keocka', 'evt_28duv9e'),
  'front/rule-webhook.out_reply.json': is('rule', 'message.sent', 'cnv_keocka', 'evt_28duq42'),
  'front/rule-webhook.tag.json': is('rule', 'conversation.tagged', 'cnv_keocka', 'evt_28duooi'),
  'front/simple.conversation-created.json': is('plain', 'conversation.created', 'cnv_123', null),
  'front/simple.message-received.json': is('plain', 'message.received', 'cnv_123', null),
}

function is(scheme: FrontSchemeName, type: string, conversationId: string, eventId: string | null): Expected {
  return { scheme, type, conversationId, eventId }
}

/** Every published sample of Front's, with what it has to become. */
export const samples = fixtureNames
  .filter((name) => name.startsWith('front/'))
  .map((name) => ({ name, body: fixture(name), ...(expected[name] as Expected) }))

export type Summary = Pick<WebhookEvent, 'type' | 'conversation_id' | 'identity'> & { readonly event_id: string | null }

/** An event without an id of Front's has one of ours, which only dedup knows. */
export function summaryOf({ type, conversation_id, identity, event_id }: Summary): Summary {
  return { type, conversation_id, identity, event_id: identity === 'provider' ? event_id : null }
}

/** The summary of what a sample has to become. */
export function wanted({ type, conversationId, eventId }: Expected): Summary {
  const identity = eventId === null ? 'content-hash' : 'provider'
  return { type, conversation_id: conversationId, identity, event_id: eventId }
}

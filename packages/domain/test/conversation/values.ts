import type { ConversationRefresh, WebhookEvent } from '@millrace/schemas'
import { type ConversationState, type FoldRules, foldEvent, foldRefresh, refreshRecord } from '../../src/index.ts'

export const rules: FoldRules = { messages: 3, isFolding: true }
export const START = Date.UTC(2026, 10, 1)
/** Seconds with fractions, as Front writes times. */
export const seconds = (tick: number) => (START + tick * 1_000) / 1_000
export const time = (tick: number) => START + tick * 1_000

export const json = (value: unknown) => Buffer.from(JSON.stringify(value))

export interface EventParts {
  readonly id: string
  /** Seconds since `START`. */
  readonly at: number
  /** Front's word. */
  readonly word: string
  readonly conversation?: object
  readonly target?: object
  readonly shape?: 'application' | 'event'
  readonly changes?: Partial<WebhookEvent>
}

/** An event of conversation `cnv_1`. */
export function eventOf({
  id,
  at,
  word,
  conversation = {},
  target,
  shape = 'application',
  changes,
}: EventParts): WebhookEvent {
  const event = {
    id,
    type: word,
    emitted_at: seconds(at),
    conversation: { id: 'cnv_1', ...conversation },
    ...(target === undefined ? {} : { target }),
  }
  return {
    event_id: id,
    identity: 'provider',
    tenant: 'default',
    account: 'default',
    provider: 'front',
    source: 'front',
    origin: 'webhook',
    type: 'unused',
    priority: 'high',
    provider_type: word,
    completeness: 'full',
    occurred_at: time(at),
    received_at: time(at) + 200,
    webhook_id: 'w',
    conversation_id: 'cnv_1',
    contact_id: null,
    client_id: null,
    received_position: 'r-0-0',
    reply_to: null,
    content_type: 'application/json',
    payload: json(shape === 'application' ? { type: word, authorization: { id: 'cmp_1' }, payload: event } : event),
    ...changes,
  }
}

export function messageAt(n: number, text = `text ${n}`): object {
  return { id: `msg_${n}`, type: 'email', is_inbound: true, created_at: seconds(n), text, body: text, recipients: [] }
}

export const messageTarget = (n: number) => ({ _meta: { type: 'message' }, data: messageAt(n) })
/** As a preview names it: id and type without data. */
export const named = (type: string, id: string) => ({ _meta: { type }, id })

export function refreshOf(changes: Partial<ConversationRefresh> = {}): ConversationRefresh {
  const named = { tenant: 'default', account: 'default', conversation_id: 'cnv_1' }
  return refreshRecord(named, { kind: 'read', at: time(0), ...changes })
}

/** A read of everything, with the messages named. */
export function readAt(
  tick: number,
  fields: object = {},
  messages: readonly number[] = [],
  changes: Partial<ConversationRefresh> = {},
) {
  return refreshOf({
    at: time(tick) + 500,
    updated_at: time(tick),
    conversation: json({ id: 'cnv_1', updated_at: seconds(tick), ...fields }),
    messages: json({ _results: messages.map((n) => messageAt(n)), _pagination: { next: null } }),
    comments: json({ _results: [], _pagination: { next: null } }),
    ...changes,
  })
}

export type Step = WebhookEvent | ConversationRefresh

export function foldAll(
  steps: readonly Step[],
  given: FoldRules = rules,
  lateMs = 1_000,
): ConversationState | undefined {
  return steps.reduce<ConversationState | undefined>(
    (known, step) =>
      'kind' in step ? foldRefresh(known, step, given) : foldEvent(known, step, step.received_at + lateMs, given),
    undefined,
  )
}

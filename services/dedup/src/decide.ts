import { headersFor, topicKey } from '@millrace/domain'
import { type OutRecord, output } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import type { ClaimRequest, ClaimVerdict } from './claim-store.ts'
import { eventOf, type NamedWebhook } from './name-received.ts'

/** What to claim for a named webhook. */
export function claimRequestOf(
  { record, webhook, identity, description, claim }: NamedWebhook,
  counts: boolean,
): ClaimRequest {
  return {
    claim,
    position: record.id,
    receivedAt: webhook.received_at,
    windowMs: identity.kind === 'content-hash' ? identity.windowMs : 0,
    isFull: description.completeness === 'full',
    counts,
  }
}

/** The records that webhooks and the verdicts on their claims become: new events, and fuller copies of known ones. */
export function outputsOf(named: readonly NamedWebhook[], verdicts: readonly ClaimVerdict[]): OutRecord<unknown>[] {
  return named.flatMap((webhook, place) => {
    const verdict = verdicts[place]
    if (verdict?.verdict === 'new') return [eventRecord(webhook, verdict.firstReceivedAt)]
    if (verdict?.verdict === 'fuller') return supplementRecord(webhook, verdict.firstReceivedAt)
    return []
  })
}

function eventRecord(named: NamedWebhook, firstReceivedAt: number): OutRecord<unknown> {
  const event = eventOf(named, firstReceivedAt)
  return output({
    topic: topics.events,
    key: named.record.key,
    value: event,
    headers: headersFor(event),
    cause: named.record,
  })
}

/** A fuller copy is no new event: it tells more about its conversation. One without a conversation tells nobody anything. */
function supplementRecord(named: NamedWebhook, firstReceivedAt: number): OutRecord<unknown>[] {
  const event = eventOf(named, firstReceivedAt)
  if (event.conversation_id === null) return []
  const supplement = output({
    topic: topics.refreshes,
    key: topicKey(event.tenant, event.conversation_id),
    value: {
      tenant: event.tenant,
      account: event.account,
      conversation_id: event.conversation_id,
      kind: 'supplement',
      at: event.received_at,
      updated_at: null,
      merged_into: null,
      caused_by: [event.event_id],
      caused_at: [event.occurred_at],
      lane: '',
      reason: '',
      conversation: null,
      messages: null,
      comments: null,
      payload: event.payload,
    },
    headers: { 'x-received-position': named.record.id },
    cause: named.record,
  })
  return [supplement]
}

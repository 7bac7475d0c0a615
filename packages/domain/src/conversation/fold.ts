import type { ConversationRefresh, WebhookEvent } from '@millrace/schemas'
import { endOf, MEMORY_OF_ENDS_MS } from './snapshot.ts'
import { type ConversationState, emptyState, type FoldLimits, joinConversations } from './state.ts'
import { type FoldedEvent, toldBy } from './told-by-event.ts'
import { toldByRefresh } from './told-by-refresh.ts'

export interface FoldRules extends FoldLimits {
  /** False: events tell only that something changed, and each of them wants a read. */
  readonly isFolding: boolean
}

/** An event that came later than this says what was, not what is. */
const OLD_MS = 24 * 3_600_000

/**
 * Folds an event of Front into what is known of its conversation; the same `known` for an event of no conversation.
 * @param recordedAt when the event's record was written, epoch milliseconds
 */
export function foldEvent(
  known: ConversationState | undefined,
  event: WebhookEvent,
  recordedAt: number,
  rules: FoldRules,
): ConversationState | undefined {
  if (event.provider !== 'front' || event.conversation_id === null) return known
  const folded: FoldedEvent = {
    tenant: event.tenant,
    account: event.account,
    conversationId: event.conversation_id,
    id: event.event_id,
    at: event.occurred_at,
    got: event.received_at,
    priority: event.priority,
    isPolled: event.origin === 'poll',
    isOld: !rules.isFolding || recordedAt - event.occurred_at > OLD_MS,
    payload: event.payload,
  }
  return joined(known, toldBy(folded), rules)
}

/** Folds what else tells of a conversation. A wish changes nothing. */
export function foldRefresh(
  known: ConversationState | undefined,
  refresh: ConversationRefresh,
  rules: FoldRules,
): ConversationState | undefined {
  if (refresh.kind === 'wish') return known
  if (refresh.kind === 'forget') return forget(known, refresh, rules)
  return joined(known, toldByRefresh(refresh), rules)
}

/** Only of a conversation whose end is long ago, whatever the asker thought. */
function forget(known: ConversationState | undefined, refresh: ConversationRefresh, rules: FoldRules) {
  const end = known === undefined ? null : endOf(known)
  if (known === undefined || end === null || refresh.at - end.at < MEMORY_OF_ENDS_MS) return known
  return joined(known, toldByRefresh(refresh), rules)
}

function joined(known: ConversationState | undefined, told: ConversationState, rules: FoldRules): ConversationState {
  // What was forgotten is as if it had never been.
  const before = known === undefined || (known.forgotten !== null && told.forgotten === null) ? emptyState(told) : known
  return joinConversations(before, told, rules)
}

import type { ConversationRefresh, EventReplay, WebhookEvent } from '@millrace/schemas'
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

/**
 * Folds the replay of an event: what the event told is known, or too old to be folded alone, so its conversation is read again. The same `known` for
 * an event of no conversation.
 */
export function foldReplay(
  known: ConversationState | undefined,
  replay: EventReplay,
  rules: FoldRules,
): ConversationState | undefined {
  if (replay.provider !== 'front' || replay.conversation_id === null) return known
  const { tenant, account, conversation_id, replayed_at, event_id, occurred_at } = replay
  const replayed = { at: replayed_at, by: event_id, happened: occurred_at }
  return joined(known, { ...emptyState({ tenant, account, conversation_id }), replayed }, rules)
}

/** Whether two states differ in nothing but what was replayed: there is no news in that. */
export function isSameButReplayed(a: ConversationState, b: ConversationState): boolean {
  return JSON.stringify({ ...a, replayed: null }) === JSON.stringify({ ...b, replayed: null })
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

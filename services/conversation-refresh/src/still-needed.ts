import { type ConversationState, endOf, isComplete, needOf } from '@millrace/domain'
import type { MergedWish } from './coalesce.ts'
import type { WishedEvent } from './wish.ts'

/**
 * Whether a read is still worth its calls, by what is known by now. Events, fuller copies and other reads come while it waits; a state that does not
 * know the wish's event yet (Redis was emptied, the fold is behind) answers yes.
 */
export function isStillNeeded(state: ConversationState | undefined, wish: MergedWish): boolean {
  if (state === undefined) return true
  if (wish.events.some((event) => isEventLacking(state, event))) return true
  return wish.reasons.some((reason) => isReasonStanding(state, reason, wish))
}

/** Whether an event is still not reflected. */
export function isEventLacking(state: ConversationState | undefined, event: WishedEvent): boolean {
  const known = state?.events.find(({ id, at }) => id === event.id && at === event.at)
  return state === undefined || known === undefined || known.got === 0
    ? !isCovered(state, event)
    : needOf(state, known) !== ''
}

function isCovered(state: ConversationState | undefined, event: WishedEvent): boolean {
  const isNamed = state?.events.some(({ id, isRead, isDone }) => id === event.id && (isRead || isDone)) === true
  return isNamed || (state?.read != null && state.read.at >= event.at)
}

/** Wishes whose reason is not an event that is still to be reflected: the rest of a conversation, one that was only ever listed, a survivor, a replay. */
function isReasonStanding(state: ConversationState, reason: string, wish: MergedWish): boolean {
  if (reason === 'history' || reason === 'found') return endOf(state) === null && !isComplete(state)
  if (wish.events.length > 0 && reason !== 'replay') return false
  return (state.read?.began ?? 0) <= wish.at
}

import type { ConversationRefresh } from '@millrace/schemas'
import { refreshRecord } from './refresh-record.ts'
import { endOf, isComplete, isHidden, isReadSince, isReflected } from './snapshot.ts'
import type { ConversationState, KnownEvent } from './state.ts'

/** What a state asks for: records of `conversations.refreshes`, of its own conversation and of others. */
export type ConversationWishes = readonly ConversationRefresh[]

/** A hidden conversation is not asked for again so soon, and a partial one not again with each event. */
const ASK_HIDDEN_AGAIN_MS = 3_600_000
const ASK_HISTORY_AGAIN_MS = 6 * 3_600_000

/** Events of a merged conversation that its survivor is said to reflect. */
const MAX_MOVED = 20

type Need = KnownEvent['need'] | 'ended'

/**
 * What has to be read, or told to other conversations, now that `state` is known and had not been `before` (undefined: whether it was told is not
 * known, so all of it is told). Times in the records are those of what caused them, so that the same states give the same records.
 */
export function wishesOf(before: ConversationState | undefined, state: ConversationState): ConversationWishes {
  const newEvents = state.events.filter((event) => needOf(state, event) !== '' && !wasAsked(before, event))
  return [
    ...mergesOf(before, state),
    ...readsOf(state, newEvents),
    ...replayOf(before, state),
    ...historyOf(before, state),
  ]
}

/** Why a read is still needed for an event; empty when it is not. */
export function needOf(state: ConversationState, event: KnownEvent): Need {
  if (event.got === 0) return ''
  const end = endOf(state)
  if (end?.state === 'merged') return event.at > end.at ? 'merged' : ''
  if (end?.state === 'gone') return event.at > end.at ? 'ended' : ''
  if (isHidden(state) && event.got < (state.gone?.at ?? 0) + ASK_HIDDEN_AGAIN_MS) return ''
  if (event.need === 'preview') return isReflected(state, event) ? '' : 'preview'
  return event.need === '' || isReadSince(state, event) ? '' : event.need
}

/** What needed nothing before (a hidden conversation, one that was gone) and does now has not been asked for. */
function wasAsked(before: ConversationState | undefined, event: KnownEvent): boolean {
  const known = before?.events.find(({ id, at, got }) => id === event.id && at === event.at && got > 0)
  return before !== undefined && known !== undefined && needOf(before, known) !== ''
}

/** The conversations that were merged into this one, and the survivor of this one. */
function mergesOf(before: ConversationState | undefined, state: ConversationState): ConversationRefresh[] {
  const told = new Set(before?.absorbed.map(({ id }) => id))
  const ended = state.absorbed
    .filter(({ id }) => !told.has(id))
    .map(({ id, at, by }) =>
      refreshRecord(state, {
        conversation_id: id,
        kind: 'merged',
        merged_into: state.conversation_id,
        at,
        caused_by: [by],
        caused_at: [at],
      }),
    )
  const { merged } = state
  if (merged === null || before?.merged?.into === merged.into) return ended
  const moved = state.events.filter(({ got }) => got > 0).slice(0, MAX_MOVED)
  const survivor = {
    conversation_id: merged.into,
    lane: 'live-high',
    reason: 'merged',
    at: merged.at,
    caused_by: moved.map(({ id }) => id),
    caused_at: moved.map(({ at }) => at),
  }
  return [...ended, refreshRecord(state, survivor)]
}

/** One wish for each need and lane. */
function readsOf(state: ConversationState, events: readonly KnownEvent[]): ConversationRefresh[] {
  const groups = Map.groupBy(events, (event) => `${needOf(state, event)} ${event.lane}`)
  return Array.from(groups.values(), (some) => {
    const [first] = some as [KnownEvent]
    const need = needOf(state, first)
    return refreshRecord(state, {
      conversation_id: need === 'merged' ? (state.merged?.into ?? state.conversation_id) : state.conversation_id,
      kind: 'wish',
      lane: first.lane === '' ? 'live-low' : first.lane,
      reason: need,
      at: Math.max(...some.map(({ got }) => got)),
      caused_by: some.map(({ id }) => id),
      caused_at: some.map(({ at }) => at),
      payload: need === 'preview' ? Buffer.from(JSON.stringify(some.map(({ type }) => type))) : null,
    })
  })
}

/** A replay asks for a read whatever is known, in a lane that gives way to every other. */
function replayOf(before: ConversationState | undefined, { replayed, ...state }: ConversationState) {
  if (replayed === null || replayed.at <= (before?.replayed?.at ?? -1)) return []
  const { at, by, happened } = replayed
  const cause = { caused_by: [by], caused_at: [happened] }
  return [refreshRecord(state, { kind: 'wish', lane: 'replay', reason: 'replay', at, ...cause })]
}

/**
 * The rest of a conversation of which only events are known, or only how it was listed, which shows no message (`found`: an import, a mass action): not
 * urgent, and asked for again while it goes on changing and is still missing.
 */
function historyOf(before: ConversationState | undefined, state: ConversationState): ConversationRefresh[] {
  if (!lacksHistory(state)) return []
  const asked = before !== undefined && lacksHistory(before) ? turnOf(before) : -1
  if (turnOf(state) <= asked) return []
  const reason = lastReceived(state) === 0 ? 'found' : 'history'
  return [refreshRecord(state, { kind: 'wish', lane: 'reconciliation', reason, at: lastTold(state) })]
}

function lacksHistory(state: ConversationState): boolean {
  if (endOf(state) !== null || isHidden(state) || isComplete(state) || lastTold(state) === 0) return false
  // A read that is on its way may tell all of it.
  return state.events.every((event) => needOf(state, event) === '')
}

function turnOf(state: ConversationState): number {
  return Math.floor(lastTold(state) / ASK_HISTORY_AGAIN_MS)
}

/** When the last event came; of a conversation without any, when it was changed as it was listed. */
function lastTold(state: ConversationState): number {
  return lastReceived(state) || (state.fields.custom_fields_json?.at ?? 0)
}

function lastReceived(state: ConversationState): number {
  return Math.max(0, ...state.events.map(({ got }) => got))
}

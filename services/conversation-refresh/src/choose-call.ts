import { eventTypes } from '@millrace/domain'
import { isId } from '@millrace/front-client'
import type { WishedEvent } from './wish.ts'

/** A preview that waits to be completed. */
export interface WaitingPreview extends WishedEvent {
  readonly conversationId: string
  /** Pages that should have listed it and did not. */
  readonly misses: number
}

/** What one call is made for; `aim` is the previews that it should complete. */
export type ChosenCall =
  | { readonly kind: 'event'; readonly aim: readonly [WaitingPreview] }
  | { readonly kind: 'conversation-events'; readonly conversationId: string; readonly aim: readonly WaitingPreview[] }
  | {
      readonly kind: 'events'
      readonly after: number
      readonly types: readonly string[]
      readonly aim: readonly WaitingPreview[]
    }

/** A preview that two lists did not show is not shown by lists. */
export const MAX_MISSES = 2

/**
 * The call that completes most of what waits: a page of one conversation's events where that holds more than a page of the company's is expected
 * to, the event itself where only one waits. A page of the company begins with the oldest that waits, so that nobody is left behind.
 * @param waiting not empty, in order of time
 * @param expected previews that a page of the company's events completes by experience
 */
export function chooseCall(waiting: readonly WaitingPreview[], expected: number): ChosenCall {
  const [oldest] = waiting as [WaitingPreview]
  const byConversation = Map.groupBy(waiting, ({ conversationId }) => conversationId)
  const [most = [oldest]] = [...byConversation.values()].sort((a, b) => b.length - a.length)
  if (waiting.length === 1) return { kind: 'event', aim: [oldest] }
  if (most.length >= Math.max(2, expected))
    return { kind: 'conversation-events', conversationId: (most[0] ?? oldest).conversationId, aim: most }
  const types = [...new Set(waiting.flatMap(({ type }) => wordsOf(type)))]
  return { kind: 'events', after: oldest.at - 1, types, aim: waiting }
}

/** Whether lists of events can show it: by an id of Front's, and a type that the Events API has. */
export function isListed({ id, type, misses }: WaitingPreview): boolean {
  return isId('evt', id) && wordsOf(type).length > 0 && misses < MAX_MISSES
}

const words = new Map(eventTypes.map((entry) => [entry.type, entry.api]))

/** The Events API's words for a canonical type. */
function wordsOf(type: string): readonly string[] {
  return words.get(type) ?? (type.startsWith('front.') && type !== 'front.unknown' ? [type.slice('front.'.length)] : [])
}

import { eventTypes } from './event-types.ts'
import { isSentType } from './ingest-mode.ts'

/**
 * Words of the Events API that have no name of ours, and none among application webhooks. @see https://dev.frontapp.com/reference/events
 */
const furtherWords = [
  'forward',
  'macro_triggered',
  'topic_identified',
  'call_started',
  'call_abandoned',
  'call_queued',
  'call_on_hold',
  'call_parked',
  'call_resumed',
  'call_connected',
  'call_missed',
  'call_hangup',
  'call_transferred',
  'call_transcript_added',
  'call_voicemail_transcript_added',
] as const

/**
 * What Front lists and, as far as is known, no application webhook tells, in the words of the Events API. A bounce is among them: whether
 * `message_delivery_failed` covers it is not documented.
 */
export const unsentWords: readonly string[] = [
  ...eventTypes.filter(({ type }) => !isSentType('front', type)).flatMap(({ api }) => api),
  'message_bounce_error',
  ...furtherWords,
]

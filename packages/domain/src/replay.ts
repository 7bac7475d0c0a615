import type { EventReplay, WebhookEvent } from '@millrace/schemas'
import { recordKey } from './event-id.ts'
import { uuidv5 } from './uuid.ts'

/** Namespace of run ids; fixed, since a replay that goes on after a crash must find its own runs. */
const RUN_NAMESPACE = '0a6f5c39-7f0b-4b9c-8c2e-4f9b7c1d2e80'

/** Whether a record of `webhooks.replays` is for the consumer group: others pass over it. */
export function isReplayFor(replay: Pick<EventReplay, 'target_kind' | 'target'>, group: string): boolean {
  return replay.target_kind === 'group' && replay.target === group
}

/** The event of a replay when it is for `group`; undefined when it is another's. Nobody waits for an answer to it. */
export function replayedFor(replay: EventReplay, group: string): WebhookEvent | undefined {
  return isReplayFor(replay, group) ? eventOfReplay(replay) : undefined
}

/** The event of a replay, as it was first, except that nobody waits for an answer to it. */
export function eventOfReplay(replay: EventReplay): WebhookEvent {
  const { replay_id: _id, run_id: _run, target_kind: _kind, target: _target, ...rest } = replay
  const { keeps_ids: _keeps, requested_by: _by, replayed_at: _at, ...event } = rest
  return { ...event, reply_to: null }
}

/** Whether a value of a topic that is read beside `webhooks.replays` is a replay. */
export function isReplay(value: object): value is EventReplay {
  return 'replay_id' in value
}

/** Id of an event's run in a replay: the same however often it is made. An event id is unique within account and provider only. */
export function runId(
  replayId: string,
  event: Pick<WebhookEvent, 'tenant' | 'account' | 'provider' | 'event_id'>,
): string {
  const { tenant, account, provider, event_id } = event
  return `run_${uuidv5(RUN_NAMESPACE, JSON.stringify([replayId, tenant, account, provider, event_id]))}`
}

/** Record key of an event's replay: that of the event, so that its conversation's owner gets it. */
export function replayKey(
  event: Pick<WebhookEvent, 'tenant' | 'conversation_id' | 'contact_id' | 'client_id' | 'event_id'>,
): string {
  const { tenant, conversation_id: conversationId, contact_id: contactId, client_id: clientId, event_id } = event
  return recordKey(tenant, { conversationId, contactId, clientId }, event_id)
}

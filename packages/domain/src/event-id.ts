import type { IdentityKind, WebhookEvent } from '@millrace/schemas'
import type { EventDescription } from './describe-payload.ts'
import type { EventIdentity } from './name-event.ts'

/** The owner of an event; comes from configuration, never from a payload. */
export interface EventOwner {
  readonly tenant: string
  readonly account: string
  readonly provider: string
}

type Identity = Pick<EventIdentity, 'kind' | 'value'>

/**
 * The event id: the identity's value; for a content hash with the time of the first receipt (epoch ms) appended, because the same bytes after the
 * window are a new event.
 */
export function eventIdOf(identity: Identity, firstReceivedAt: number): string {
  return identity.kind === 'content-hash' ? `${identity.value}-${firstReceivedAt}` : identity.value
}

/** The identity's value that an event id was made of: the inverse of `eventIdOf`. */
export function identityValueOf(event: { readonly identity: IdentityKind; readonly event_id: string }): string {
  return event.identity === 'content-hash' ? event.event_id.slice(0, event.event_id.lastIndexOf('-')) : event.event_id
}

/**
 * The text under which dedup claims an event: tenant, account, provider and identity, each percent-encoded so that no two owners share one. The
 * source and the way of arrival are left out: an app webhook, a rule webhook and a polled copy are one event.
 */
export function dedupIdentity(
  tenant: string,
  account: string,
  provider: string,
  identity: Pick<EventIdentity, 'value'>,
): string {
  return joinParts(tenant, account, provider, identity.value)
}

/** The key under which the answer for a synchronous caller is stored, as the gateway knows it before the event has an id. */
export function replyKey(owner: EventOwner, identity: Pick<EventIdentity, 'value'>): string {
  return dedupIdentity(owner.tenant, owner.account, owner.provider, identity)
}

/** The same key, as a reader of the event knows it. */
export function replyKeyOfEvent(
  event: EventOwner & { readonly identity: IdentityKind; readonly event_id: string },
): string {
  return replyKey(event, { value: identityValueOf(event) })
}

/**
 * The record key in `webhooks.received`, `events` and `replays` (DESIGN §4): tenant / conversation, else contact, else client, else the event's
 * identity. `identityValue` is `EventIdentity.value`, not the event id: duplicates must share a partition, and a hash's event id holds a time.
 */
export function recordKey(
  tenant: string,
  ids: Pick<EventDescription, 'conversationId' | 'contactId' | 'clientId'>,
  identityValue: string,
): string {
  return topicKey(tenant, ids.conversationId ?? ids.contactId ?? ids.clientId ?? identityValue)
}

/** What an event is about, as fields `about_id` have it: the id of its conversation, else of its contact or client, else its own. */
export function aboutOf(
  event: Pick<WebhookEvent, 'conversation_id' | 'contact_id' | 'client_id' | 'event_id'>,
): string {
  return event.conversation_id ?? event.contact_id ?? event.client_id ?? event.event_id
}

/** The key of a topic whose key is `tenant / something`. */
export function topicKey(tenant: string, id: string): string {
  return `${tenant}/${id}`
}

function joinParts(...parts: string[]): string {
  return parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/')
}

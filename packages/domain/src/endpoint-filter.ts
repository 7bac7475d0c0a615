import type { Endpoint, WebhookEvent } from '@millrace/schemas'

/** The types of the message contract: what an endpoint gets that names no types. */
export const messageTypes: readonly string[] = ['message.received', 'message.sent', 'message.failed']

export type EndpointFilter = Pick<Endpoint, 'tenant' | 'event_types' | 'conversation_id' | 'is_enabled'>

const pattern = /^(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?)$/

/** Whether a text can stand in `event_types`: a type, `*`, or a prefix and `.*`. */
export function isEventTypePattern(text: string): boolean {
  return text.length <= 200 && pattern.test(text)
}

/** Whether `type` is meant by `wanted`: the type itself, `*` (every type), or `prefix.*` (every type below the prefix, at any depth). */
export function matchesEventType(wanted: string, type: string): boolean {
  if (wanted === '*') return true
  return wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type
}

/** Whether an endpoint wants an event: enabled, of its tenant, of a wanted type (none named: the message contract's), of its conversation if it names one. */
export function matchesEndpoint(
  endpoint: EndpointFilter,
  event: Pick<WebhookEvent, 'tenant' | 'type' | 'conversation_id'>,
): boolean {
  if (!endpoint.is_enabled || endpoint.tenant !== event.tenant) return false
  if (endpoint.conversation_id !== null && endpoint.conversation_id !== event.conversation_id) return false
  const wanted = endpoint.event_types.length === 0 ? messageTypes : endpoint.event_types
  return wanted.some((type) => matchesEventType(type, event.type))
}

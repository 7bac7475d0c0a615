import { readFrontBody, targets } from './front-body.ts'
import { asId, asObject, asText, at, type JsonObject, objectsIn } from './json.ts'

const MAX_INBOXES = 50
const inboxId = /^inb_[A-Za-z0-9]+$/

/**
 * The inboxes that a Front event names: its source or target when that is inboxes (an inbound message, a move), or the simple form's `inboxes` and
 * `inbox_id`. Empty for the many events that name none: Front says them of the conversation's messages, not of a tag or an archive.
 */
export function frontInboxIds(json: unknown): string[] {
  const body = readFrontBody(json)
  if (body === null) return []
  const { event } = body
  const named = [...placesOf(event), ...objectsIn(at(event, 'inboxes')), ...objectsIn(at(event, 'inbox'))]
  const ids = [...named.map((object) => asId(at(object, 'id'))), asId(at(event, 'inbox_id'))]
  return [...new Set(ids)].filter((id): id is string => id !== null && inboxId.test(id)).slice(0, MAX_INBOXES)
}

/** True when the event's conversation, or the inbox that it names, is somebody's own: a company's token may not read it. */
export function isPrivateFrontEvent(json: unknown): boolean {
  const body = readFrontBody(json)
  if (body === null) return false
  const inboxes = placesOf(body.event)
  const isPrivate = inboxes.length > 0 && inboxes.every((inbox) => at(inbox, 'is_private') === true)
  return isPrivate || at(body.event, 'conversation', 'is_private') === true
}

function placesOf(event: JsonObject): JsonObject[] {
  const source = asObject(at(event, 'source'))
  const data = at(source, 'data')
  const sources = data === undefined || data === null ? objectsIn(source) : objectsIn(data)
  return [...(isInboxes(source) ? sources : []), ...(isInboxes(asObject(at(event, 'target'))) ? targets(event) : [])]
}

function isInboxes(part: JsonObject | null): boolean {
  return /^inbox(es)?$/.test(asText(at(part, '_meta', 'type')) ?? '')
}

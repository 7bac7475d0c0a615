import { asTime, at, type JsonObject } from '@millrace/domain'
import type { TextPlace } from '../add-mentions.ts'

/** What an extraction from Front is being made of. */
export type FrontContext = TextPlace

/** Front's times are seconds with fractions; here they are epoch milliseconds, as in snapshots. */
const times = ['created_at', 'updated_at', 'waiting_since', 'posted_at', 'due_at']

/** What an object of Front says of itself: everything but links and the parts that are nodes of their own. */
export function ownPropertiesOf(object: JsonObject, parts: readonly string[]): JsonObject {
  const own = Object.entries(object).filter(([name]) => name !== '_links' && name !== '_meta' && !parts.includes(name))
  return Object.fromEntries(own.map(([name, value]) => [name, times.includes(name) ? (asTime(value) ?? value) : value]))
}

const linkedId = /\/(?:contacts|teams|teammates)\/((?:crd|tim|tea)_[A-Za-z0-9]+)(?:[/?#]|$)/

/** The id at the end of one of an object's related links; null when there is none of that kind. */
export function linkedIdOf(object: JsonObject, relation: string, prefix: string): string | null {
  const url = at(object, '_links', 'related', relation)
  const id = typeof url === 'string' ? linkedId.exec(url)?.[1] : undefined
  return id?.startsWith(prefix) ? id : null
}

import type { IncomingHttpHeaders } from 'node:http'
import { identityHeaders } from '@millrace/domain'
import type { Source } from '@millrace/service-kit'

const kept = new Set<string>(['content-type', 'user-agent', ...identityHeaders])
/** Whatever a source is configured to keep, credentials and proofs stay out of the record. */
const never = /signature|authorization|cookie|secret|token|passw|credential|challenge|api-?key/

/** Every header as one text; Node has joined repeated ones already, except for set-cookie, which no sender has. */
export function headerTexts(headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  if (headers['set-cookie'] === undefined) return headers as Readonly<Record<string, string | undefined>>
  const texts: Record<string, string | undefined> = {}
  for (const name in headers) {
    const value = headers[name]
    if (typeof value === 'string') texts[name] = value
  }
  return texts
}

type Chooser = Pick<Source, 'eventIdField' | 'eventTypeField' | 'schemes'>

/** What was decided about a name, by source. Names are strangers' texts, so no more are remembered than a sender has. */
const decisions = new WeakMap<Chooser, Map<string, boolean>>()
const MAX_DECISIONS = 100

/** The headers that go into the record: what identity may rest on, what explains the body, and the provider's own labels. */
export function chosenHeaders(
  headers: Readonly<Record<string, string | undefined>>,
  source: Chooser,
): Record<string, string> {
  const known = decisions.get(source) ?? new Map<string, boolean>()
  decisions.set(source, known)
  const chosen: Record<string, string> = {}
  for (const name in headers) {
    let isChosen = known.get(name)
    if (isChosen === undefined) {
      isChosen = isKept(name, source)
      if (known.size < MAX_DECISIONS) known.set(name, isChosen)
    }
    const value = headers[name]
    if (isChosen && value !== undefined) chosen[name] = value
  }
  return chosen
}

function isKept(name: string, { eventIdField, eventTypeField, schemes }: Chooser): boolean {
  const isNamed = [eventIdField, eventTypeField].some((field) => field?.toLowerCase() === `header:${name}`)
  if (never.test(name) || schemes.some((scheme) => scheme.header === name)) return false
  return kept.has(name) || name.startsWith('x-front-') || isNamed
}

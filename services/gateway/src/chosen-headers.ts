import type { IncomingHttpHeaders } from 'node:http'
import { identityHeaders } from '@millrace/domain'
import type { Source } from '@millrace/service-kit'

const kept = new Set<string>(['content-type', 'user-agent', ...identityHeaders])
/** Whatever a source is configured to keep, credentials and proofs stay out of the record. */
const never = /signature|authorization|cookie|secret|token|passw|credential|challenge|api-?key/

/** Every header as one text; Node has joined repeated ones already, except for set-cookie, which no sender has. */
export function headerTexts(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  const texts: Record<string, string | undefined> = {}
  for (const name in headers) {
    const value = headers[name]
    if (typeof value === 'string') texts[name] = value
  }
  return texts
}

/** The headers that go into the record: what identity may rest on, what explains the body, and the provider's own labels. */
export function chosenHeaders(
  headers: Readonly<Record<string, string | undefined>>,
  source: Pick<Source, 'eventIdField' | 'schemes'>,
): Record<string, string> {
  const named = source.eventIdField?.startsWith('header:') ? source.eventIdField.slice('header:'.length) : undefined
  const proofs = new Set(source.schemes.map((scheme) => scheme.header))
  const isKept = (name: string) => kept.has(name) || name.startsWith('x-front-') || name === named?.toLowerCase()
  const chosen: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && isKept(name) && !never.test(name) && !proofs.has(name)) chosen[name] = value
  }
  return chosen
}

import { candidateSchemes } from './providers.ts'
import type { Accepted, Headers, Refused, Scheme, Secret } from './scheme.ts'
import { verify } from './verify.ts'

export interface RequestToVerify {
  /** The schemes that the source accepts. */
  schemes: readonly Scheme[]
  /** Names in lower case. */
  headers: Headers
  body: Buffer
  /** The secrets for a scheme: Front's rules have their own. `secretsForScheme` reads it from the secrets' `schemes`. */
  secretsFor(scheme: Scheme): readonly Secret[]
  /** Epoch milliseconds. */
  now: number
}

/** A verdict with the name of the scheme that gave it. */
export type RequestVerdict = (Accepted & { scheme: string }) | (Refused & { scheme: string })

/**
 * Verifies a request by the scheme it was sent by. Where more than one fits (a sender that changes over from `v1` to `v1a` sends both
 * signatures), each is proof enough. A refusal is that of the first such scheme for which there is a secret.
 * @throws SigningError `MR_SIGNING_SCHEME_INVALID` when `schemes` is empty
 */
export function verifyRequest({ schemes, headers, body, secretsFor, now }: RequestToVerify): RequestVerdict {
  const [first, ...more] = candidateSchemes(schemes, headers)
  const check = (scheme: Scheme): RequestVerdict => ({
    ...verify(scheme, { headers, body }, secretsFor(scheme), now),
    scheme: scheme.name,
  })
  let verdict = check(first)
  for (const scheme of more) {
    if (verdict.ok) return verdict
    const other = check(scheme)
    if (other.ok || verdict.rule === 'secret-missing') verdict = other
  }
  return verdict
}

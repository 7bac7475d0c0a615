import { SigningError } from './errors.ts'
import type { Headers, Scheme } from './scheme.ts'
import {
  apiKey,
  frontApp,
  frontPlain,
  frontRule,
  genericHmac,
  makeApiKey,
  makeHmac,
  standardWebhooksV1,
  standardWebhooksV1a,
} from './schemes.ts'
import { readSignatures } from './signature.ts'

/** Each provider's schemes, in the order in which they are considered. */
export const providers: Readonly<Record<string, readonly Scheme[]>> = {
  front: [frontApp, frontRule, frontPlain],
  make: [makeApiKey, makeHmac],
  'standard-webhooks': [standardWebhooksV1, standardWebhooksV1a],
  hmac: [genericHmac()],
  'api-key': [apiKey('x-api-key')],
}

/**
 * The schemes of a provider, or those of them that are named.
 * @throws SigningError `MR_SIGNING_PROVIDER_UNKNOWN`, or `MR_SIGNING_SCHEME_INVALID` for a name that the provider has not
 */
export function schemesOf(provider: string, names?: readonly string[]): readonly Scheme[] {
  const known = Object.hasOwn(providers, provider) ? providers[provider] : undefined
  if (known === undefined) throw new SigningError('MR_SIGNING_PROVIDER_UNKNOWN', `Provider ${provider}.`)
  if (names === undefined) return known
  return names.map((name) => {
    const scheme = known.find((candidate) => candidate.name === name)
    if (scheme === undefined)
      throw new SigningError('MR_SIGNING_SCHEME_INVALID', `Provider ${provider} has no scheme ${name}.`)
    return scheme
  })
}

/**
 * Which scheme a request was sent by, told by its headers and the length of its signature; of several the first. When none fits, the
 * one that comes nearest, so that its verdict names what is missing.
 * @param from a provider's name or a list of schemes
 * @throws SigningError `MR_SIGNING_PROVIDER_UNKNOWN`, or `MR_SIGNING_SCHEME_INVALID` when the list is empty
 */
export function chooseScheme(from: string | readonly Scheme[], headers: Headers): Scheme {
  return candidateSchemes(typeof from === 'string' ? schemesOf(from) : from, headers)[0]
}

/**
 * The schemes whose headers are all there and whose signature has the right form; when there is none, those that come nearest.
 * @throws SigningError `MR_SIGNING_SCHEME_INVALID` when the list is empty
 */
export function candidateSchemes(schemes: readonly Scheme[], headers: Headers): readonly [Scheme, ...Scheme[]] {
  const open = schemes.filter((scheme) => !isExcluded(scheme, headers))
  const fitting = open.filter((scheme) => fits(scheme, headers))
  const [first, ...more] = fitting.length > 0 ? fitting : nearest(open.length > 0 ? open : schemes, headers)
  if (first === undefined) throw new SigningError('MR_SIGNING_SCHEME_INVALID', 'A source needs at least one scheme.')
  return [first, ...more]
}

function fits(scheme: Scheme, headers: Headers): boolean {
  if (headersPresent(scheme, headers) < headersOf(scheme).length) return false
  return scheme.kind === 'api-key' || typeof readSignatures(scheme, headers) !== 'string'
}

function nearest(schemes: readonly Scheme[], headers: Headers): readonly Scheme[] {
  const most = Math.max(...schemes.map((scheme) => headersPresent(scheme, headers)))
  return schemes.filter((scheme) => headersPresent(scheme, headers) === most)
}

function isExcluded(scheme: Scheme, headers: Headers): boolean {
  return scheme.unlessHeader !== undefined && isPresent(headers[scheme.unlessHeader])
}

function headersPresent(scheme: Scheme, headers: Headers): number {
  return headersOf(scheme).filter((name) => isPresent(headers[name])).length
}

function headersOf(scheme: Scheme): readonly string[] {
  if (scheme.kind === 'api-key') return [scheme.header]
  return [scheme.header, scheme.timestamp?.header, scheme.idHeader].filter((name) => name !== undefined)
}

function isPresent(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}

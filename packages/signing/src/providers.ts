import { SigningError } from './errors.ts'
import moreProviders from './more-providers.json' with { type: 'json' }
import type { Handshake, Provider } from './provider.ts'
import { type ProviderEntry, readProvider } from './read-provider.ts'
import type { Headers, Scheme } from './scheme.ts'
import {
  apiKey,
  clickupHmac,
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

/** Front asks at each save of a webhook; of the three forms that it takes, JSON is the one in which the challenge cannot become anything else. */
const frontHandshake: Handshake = {
  name: 'sync',
  method: 'POST',
  when: [{ field: 'type', equals: 'sync' }, { field: 'payload', absent: true }, { field: 'header:x-front-challenge' }],
  isVerified: true,
  challenge: 'header:x-front-challenge',
  answer: { status: 200, contentType: 'application/json', body: '{"challenge":"{challenge}"}', headers: {} },
}

/** What is written as the entries of a sources file are: their providers need no code. */
const fromData = Object.fromEntries(
  Object.entries(moreProviders as Readonly<Record<string, ProviderEntry>>).map(([name, entry]) => {
    const { provider, problems } = readProvider(entry)
    if (problems[0] !== undefined)
      throw new SigningError('MR_SIGNING_SCHEME_INVALID', `Provider ${name}: ${problems[0].rule}`)
    return [name, provider]
  }),
)

/** Every provider that is known without a sources file. */
export const providers: Readonly<Record<string, Provider>> = {
  front: { schemes: [frontApp, frontRule, frontPlain], handshakes: [frontHandshake], event: {} },
  make: plain(makeApiKey, makeHmac),
  clickup: plain(clickupHmac, apiKey('x-api-key')),
  'standard-webhooks': plain(standardWebhooksV1, standardWebhooksV1a),
  hmac: plain(genericHmac()),
  'api-key': plain(apiKey('x-api-key')),
  ...fromData,
}

function plain(...schemes: readonly Scheme[]): Provider {
  return { schemes, handshakes: [], event: {} }
}

/**
 * A provider by its name.
 * @throws SigningError `MR_SIGNING_PROVIDER_UNKNOWN`
 */
export function providerNamed(name: string): Provider {
  const known = Object.hasOwn(providers, name) ? providers[name] : undefined
  if (known === undefined) throw new SigningError('MR_SIGNING_PROVIDER_UNKNOWN', `Provider ${name}.`)
  return known
}

/**
 * The schemes of a provider (or of one that is known by its name), or those of them that are named.
 * @throws SigningError `MR_SIGNING_PROVIDER_UNKNOWN`, or `MR_SIGNING_SCHEME_INVALID` for a name that the provider has not
 */
export function schemesOf(provider: string | Provider, names?: readonly string[]): readonly Scheme[] {
  const known = (typeof provider === 'string' ? providerNamed(provider) : provider).schemes
  if (names === undefined) return known
  return names.map((name) => {
    const scheme = known.find((candidate) => candidate.name === name)
    if (scheme !== undefined) return scheme
    const whose = typeof provider === 'string' ? `Provider ${provider}` : 'The provider'
    throw new SigningError('MR_SIGNING_SCHEME_INVALID', `${whose} has no scheme ${name}.`)
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
  const [only] = open
  if (only !== undefined && open.length === 1) return [only]
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

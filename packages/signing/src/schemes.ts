import type {
  ApiKeyScheme,
  Ed25519Scheme,
  Encoding,
  HmacAlgorithm,
  HmacScheme,
  Scheme,
  SecretForm,
  TimestampRule,
} from './scheme.ts'
import { checkScheme } from './template.ts'

/** Five minutes in both directions, as the Standard Webhooks libraries and Front's advice for connectors have it. */
export const defaultToleranceMs = 300_000

const frontTimestampHeader = 'x-front-request-timestamp'

/**
 * Front application webhooks: https://dev.frontapp.com/docs/application-webhooks
 * The documents say milliseconds, but seconds are seen too.
 */
export const frontApp: HmacScheme = checkScheme({
  name: 'app',
  kind: 'hmac',
  header: 'x-front-signature',
  prefixes: [''],
  algorithm: 'sha256',
  encodings: ['base64'],
  template: '{timestamp}:{body}',
  timestamp: { header: frontTimestampHeader, unit: 'auto', toleranceMs: defaultToleranceMs },
  variants: ['raw'],
  secretForm: 'utf8',
})

/**
 * Front rule webhooks: https://dev.frontapp.com/docs/rule-webhooks
 * The page's samples differ on whether the body as sent or its compact JSON is signed, so both are tried. There is no time in it:
 * a repeat is recognised by its event id.
 */
export const frontRule: HmacScheme = checkScheme({
  name: 'rule',
  kind: 'hmac',
  header: 'x-front-signature',
  prefixes: [''],
  unlessHeader: frontTimestampHeader,
  algorithm: 'sha1',
  encodings: ['base64'],
  template: '{body}',
  variants: ['raw', 'compact'],
  secretForm: 'utf8',
})

/**
 * SHA-256 over the body alone in Front's header, as relays and hand-made senders do it. It shares its secret with `app`, whose signed
 * text starts with digits and a colon: such a text is no JSON, so whoever lists this scheme must refuse bodies that are no JSON, or a
 * kept `app` request could be played again as the body of a `plain` one.
 */
export const frontPlain: HmacScheme = checkScheme({
  name: 'plain',
  kind: 'hmac',
  header: 'x-front-signature',
  prefixes: [''],
  unlessHeader: frontTimestampHeader,
  algorithm: 'sha256',
  encodings: ['base64', 'hex'],
  template: '{body}',
  variants: ['raw'],
  secretForm: 'utf8',
})

/** Make signs nothing by itself; its HTTP module sends a header with a key. */
export const makeApiKey: ApiKeyScheme = apiKey('x-make-apikey')

/** For scenarios that sign with Make's own `sha256` function. */
export const makeHmac: HmacScheme = genericHmac({
  header: 'x-make-signature',
  encodings: ['hex', 'base64'],
  prefixes: ['', 'sha256='],
})

/** ClickUp's API webhooks; its automations send what the user typed into a header: https://developer.clickup.com/docs/webhooksignature */
export const clickupHmac: HmacScheme = genericHmac({ encodings: ['hex'] })

const standardWebhooksBase = {
  header: 'webhook-signature',
  encodings: ['base64'],
  separator: ' ',
  template: '{id}.{timestamp}.{body}',
  idHeader: 'webhook-id',
  timestamp: { header: 'webhook-timestamp', unit: 's', toleranceMs: defaultToleranceMs },
  variants: ['raw'],
} as const

/** Standard Webhooks 1.0.0, symmetric: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const standardWebhooksV1: HmacScheme = checkScheme({
  ...standardWebhooksBase,
  name: 'v1',
  kind: 'hmac',
  algorithm: 'sha256',
  prefixes: ['v1,'],
  secretForm: 'whsec',
})

/** Standard Webhooks 1.0.0, asymmetric (ed25519, `whsk_` and `whpk_` keys). */
export const standardWebhooksV1a: Ed25519Scheme = checkScheme({
  ...standardWebhooksBase,
  name: 'v1a',
  kind: 'ed25519',
  algorithm: 'ed25519',
  prefixes: ['v1a,'],
})

export interface GenericHmacOptions {
  name?: string
  /** Signature header, in lower case; default `x-signature`. */
  header?: string
  algorithm?: HmacAlgorithm
  /** Accepted encodings, the first is written; default hex, then base64. */
  encodings?: readonly Encoding[]
  /** Accepted texts before the signature, the first is written; default none. */
  prefixes?: readonly string[]
  /** Default `{body}`. */
  template?: string
  idHeader?: string
  timestamp?: TimestampRule
  secretForm?: SecretForm
}

/**
 * A scheme for senders that sign with an HMAC; by default SHA-256 over the body in `x-signature`.
 * @throws SigningError `MR_SIGNING_SCHEME_INVALID` when the options contradict each other
 */
export function genericHmac(options: GenericHmacOptions = {}): HmacScheme {
  return checkScheme({
    name: 'hmac',
    kind: 'hmac',
    header: 'x-signature',
    prefixes: [''],
    algorithm: 'sha256',
    encodings: ['hex', 'base64'],
    template: '{body}',
    variants: ['raw'],
    secretForm: 'utf8',
    ...options,
  })
}

/** The secret itself in a header (name in lower case), after `prefix` such as `Bearer ` where there is one. */
export function apiKey(header: string, prefix = ''): ApiKeyScheme {
  return { name: 'api-key', kind: 'api-key', header: header.toLowerCase(), prefixes: [prefix] }
}

/** The same scheme with another window, in milliseconds; schemes without a time stay as they are. */
export function withTolerance(scheme: Scheme, toleranceMs: number): Scheme {
  if (scheme.kind === 'api-key' || scheme.timestamp === undefined) return scheme
  return checkScheme({ ...scheme, timestamp: { ...scheme.timestamp, toleranceMs } })
}

/** How a sender proves that a request is its own, as data. `verify` and `sign` interpret it; a new sender needs no code. */
export type Scheme = HmacScheme | Ed25519Scheme | ApiKeyScheme

export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha512'
export type Encoding = 'hex' | 'base64'
/** `raw`: the bytes as they came. `compact`: the same JSON without spaces, for senders that sign what they meant and not what they sent. */
export type Variant = 'raw' | 'compact'
/** Unit of a timestamp header. `auto` tells seconds from milliseconds by magnitude; when signing it means milliseconds. */
export type TimestampUnit = 'ms' | 's' | 'auto'
/** How a secret's text becomes key bytes. `whsec`: base64, with or without `whsec_` before it. */
export type SecretForm = 'utf8' | 'hex' | 'whsec'

export interface TimestampRule {
  /** Header, in lower case. */
  header: string
  /** The time is that one of the header's items, parted by the scheme's separator, which begins with this: `t=` in `t=1,v1=…`. */
  prefix?: string
  unit: TimestampUnit
  /** How far the time may lie in the past or in the future, milliseconds, inclusive. */
  toleranceMs: number
}

interface SchemeBase {
  /** Short name, unique within a source; it goes into the record as `scheme`. */
  name: string
  /** Header that carries the signature or the key, in lower case. */
  header: string
  /** Text before the signature or key; any of them is accepted, the first is written. `''` means none. */
  prefixes: readonly string[]
  /** The scheme does not apply when this header is present: another one of the same sender does. */
  unlessHeader?: string
}

interface SignatureBase extends SchemeBase {
  /** Encodings accepted; the first is written. */
  encodings: readonly Encoding[]
  /** Several signatures may stand in the header, with this text between them; any may match. */
  separator?: string
  /** What is signed: literal text with `{body}` and, where the sender has them, `{timestamp}` and `{id}`. */
  template: string
  /** Header of `{id}`, in lower case. */
  idHeader?: string
  timestamp?: TimestampRule
  /** Forms of the body to try, in this order; the first is signed. */
  variants: readonly Variant[]
}

export interface HmacScheme extends SignatureBase {
  kind: 'hmac'
  algorithm: HmacAlgorithm
  secretForm: SecretForm
}

/** Secrets are `whpk_` (verify only) or `whsk_` (verify and sign). */
export interface Ed25519Scheme extends SignatureBase {
  kind: 'ed25519'
  algorithm: 'ed25519'
}

/** The header holds the secret itself. */
export interface ApiKeyScheme extends SchemeBase {
  kind: 'api-key'
}

export type SignatureScheme = HmacScheme | Ed25519Scheme

/** Request headers, names in lower case (as Node gives them). */
export type Headers = Readonly<Record<string, string | undefined>>

export interface SignedRequest {
  headers: Headers
  /** The bytes as they came; parsing and writing JSON again breaks signatures. */
  body: Buffer
}

export interface Secret {
  /** Name for logs and results; it tells which secret of a rotation was used. */
  id: string
  secret: string
  /** Names of the schemes it is for; all when absent. */
  schemes?: readonly string[]
  /** Epoch milliseconds from which on it counts. */
  notBefore?: number
  /** Epoch milliseconds from which on it counts no more. */
  notAfter?: number
}

/** What each reason for a refusal means, for answers and docs. All of them are answered with 401. */
export const rules = {
  'signature-missing': 'The header that carries the signature, the key or the message id is missing or empty.',
  'signature-malformed': 'The signature or the message id has not the form, encoding or length of this scheme.',
  'signature-mismatch': 'The signature or key does not belong to this body, time and secret.',
  'timestamp-missing': 'The header that carries the time is missing or empty.',
  'timestamp-malformed': 'The time is not a plain number of seconds or milliseconds.',
  'timestamp-stale': 'The time is too long ago.',
  'timestamp-future': 'The time is too far in the future.',
  'secret-missing': 'No usable secret is configured for this scheme at this time.',
} as const

/** The rule that a request broke. */
export type Rule = keyof typeof rules

export interface Accepted {
  ok: true
  secretId: string
  /** Form of the body that was signed; absent for keys. */
  variant?: Variant
}
export interface Refused {
  ok: false
  rule: Rule
}
export type Verdict = Accepted | Refused

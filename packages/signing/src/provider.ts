import type { Encoding, HmacAlgorithm, Scheme } from './scheme.ts'

/**
 * A kind of sender as data: how its requests are proven, what it asks before it sends, and where its events say what they are. A new one
 * is an entry under `providers:` of the sources file (`providerSchema`), without code.
 */
export interface Provider {
  /** In the order in which they are considered. */
  schemes: readonly Scheme[]
  handshakes: readonly Handshake[]
  event: EventFields
}

/** Where to read something of a request: a path in its JSON body (`data.id`), `header:<name>` in lower case, or `query:<name>`. */
export type FieldReference = string

/** Left out: by the rules that hold for every provider. */
export interface EventFields {
  /** The provider's word for the kind of event; the canonical type is `<provider>.<word>`. */
  type?: FieldReference
  /** What identifies an event. */
  id?: FieldReference
}

export interface Condition {
  field: FieldReference
  /** Its text must be this one; left out, the field must be there and not be empty. */
  equals?: string
  /** The field must be missing or null. */
  absent?: boolean
}

export type HandshakeMethod = 'POST' | 'GET'
export type HandshakeContentType = 'application/json' | 'text/plain' | 'application/x-www-form-urlencoded'

/** A question that a sender asks about the address itself, which is answered and not stored. */
export interface Handshake {
  /** Short name, for logs. */
  name: string
  method: HandshakeMethod
  /** How it is recognised: all of them hold. */
  when: readonly Condition[]
  /** True: only a request that a scheme proves is answered. */
  isVerified: boolean
  /** A field that must equal one of the source's secrets (Meta's `hub.verify_token`). */
  token?: FieldReference
  /** What is sent back, as `{challenge}` in the answer. */
  challenge: FieldReference
  /** How `{challenge_hmac}` is made of the challenge with the source's first secret in force. */
  hmac?: { algorithm: HmacAlgorithm; encoding: Encoding; prefix: string }
  answer: HandshakeAnswer
}

export interface HandshakeAnswer {
  /** 200 to 299. */
  status: number
  contentType: HandshakeContentType
  /** Literal text with `{challenge}` and `{challenge_hmac}`, which are escaped as the content type asks. */
  body: string
  /** Further headers, by name in lower case; values as `body`. */
  headers: Readonly<Record<string, string>>
}

import { type KeyObject, sign as signEd25519 } from 'node:crypto'
import { SigningError } from './errors.ts'
import type { Scheme, SignatureScheme } from './scheme.ts'
import { apiKeyBytes, keyBytes, signingKey } from './secret.ts'
import { writeSignature } from './signature.ts'
import { type SignedFields, signedParts } from './template.ts'
import { writeTimestamp } from './timestamp.ts'
import { bodyAs } from './variant.ts'
import { hmac, isMessageId } from './verify.ts'

export interface Message {
  /** The bytes that will be sent. */
  body: Buffer
  /** Epoch milliseconds, for schemes that sign a time; written in the scheme's unit. */
  timestamp?: number
  /** For schemes that sign a message id: 1 to 256 visible ASCII characters without a dot. */
  id?: string
}

/**
 * The headers (names in lower case) that prove `message` to a receiver of `scheme`: signature or key, and time and id where the
 * scheme signs them. It signs the scheme's first variant, in its first encoding and prefix.
 * @throws SigningError `MR_SIGNING_SECRET_EMPTY`, `MR_SIGNING_SECRET_FORMAT`, `MR_SIGNING_INPUT_INVALID`
 */
export function sign(scheme: Scheme, message: Message, secret: string): Record<string, string> {
  if (secret.trim() === '') throw new SigningError('MR_SIGNING_SECRET_EMPTY', `Scheme ${scheme.name}.`)
  if (scheme.kind === 'api-key') {
    if (apiKeyBytes(secret) === undefined) throw unusable(scheme)
    return { [scheme.header]: `${scheme.prefixes[0] ?? ''}${secret}` }
  }
  const fields = fieldsOf(scheme, message)
  const body = bodyAs(scheme.variants[0] ?? 'raw', message.body) ?? message.body
  const signature = signatureOf(scheme, signedParts(scheme, fields, body), secret)
  return joinTime(scheme, fields, { [scheme.header]: writeSignature(scheme, signature) })
}

/** Adds id and time: as headers of their own, or the time as an item before what its header holds already. */
function joinTime(scheme: SignatureScheme, fields: SignedFields, signature: Record<string, string>) {
  const headers = { ...fieldHeaders(scheme, fields), ...signature }
  const { timestamp, separator = '' } = scheme
  if (timestamp?.prefix === undefined) return headers
  const items = [`${timestamp.prefix}${fields.timestamp ?? ''}`, headers[timestamp.header]]
  return { ...headers, [timestamp.header]: items.filter((item) => item !== undefined).join(separator) }
}

function fieldsOf(scheme: SignatureScheme, message: Message): SignedFields {
  const fields: SignedFields = {}
  if (scheme.timestamp !== undefined) fields.timestamp = writeTimestamp(scheme.timestamp, message.timestamp)
  if (scheme.idHeader !== undefined) {
    if (message.id === undefined || !isMessageId(message.id))
      throw new SigningError('MR_SIGNING_INPUT_INVALID', 'The id must be visible ASCII without a dot.')
    fields.id = message.id
  }
  return fields
}

function fieldHeaders(scheme: SignatureScheme, fields: SignedFields): Record<string, string> {
  const headers: Record<string, string> = {}
  if (scheme.idHeader !== undefined && fields.id !== undefined) headers[scheme.idHeader] = fields.id
  if (scheme.timestamp !== undefined && scheme.timestamp.prefix === undefined && fields.timestamp !== undefined)
    headers[scheme.timestamp.header] = fields.timestamp
  return headers
}

function signatureOf(scheme: SignatureScheme, parts: readonly Buffer[], secret: string): Buffer {
  if (scheme.kind === 'ed25519') {
    const key = keyOnce(secret)
    if (key === undefined) throw unusable(scheme)
    return signEd25519(null, Buffer.concat(parts), key)
  }
  const key = keyBytes(scheme.secretForm, secret)
  if (key === undefined) throw unusable(scheme)
  return hmac(scheme.algorithm, key, parts)
}

/** Making and checking an ed25519 key costs more than signing with it. */
const ed25519Keys = new Map<string, KeyObject>()
const MOST_KEYS = 1_000

function keyOnce(secret: string): KeyObject | undefined {
  const known = ed25519Keys.get(secret)
  if (known !== undefined) return known
  const key = signingKey(secret)
  if (key === undefined) return undefined
  const [oldest] = ed25519Keys.keys()
  if (ed25519Keys.size >= MOST_KEYS && oldest !== undefined) ed25519Keys.delete(oldest)
  ed25519Keys.set(secret, key)
  return key
}

function unusable(scheme: Scheme): SigningError {
  return new SigningError('MR_SIGNING_SECRET_FORMAT', `The secret cannot sign for scheme ${scheme.name}.`)
}

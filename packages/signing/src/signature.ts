import type { Encoding, Headers, Rule, SignatureScheme } from './scheme.ts'

const digestBytes = { sha1: 20, sha256: 32, sha512: 64, ed25519: 64 } as const
const hexText = /^[0-9a-f]+$/i

/** More than any rotation needs; it bounds the work that a header can cause. */
const maxSignatures = 8

/** Bytes of every signature of this scheme in the header, or the rule that the header breaks. */
export function readSignatures(scheme: SignatureScheme, headers: Headers): Buffer[] | Rule {
  const value = headers[scheme.header]
  if (value === undefined || value.trim() === '') return 'signature-missing'
  // Entries of other versions are skipped: senders put the old and the new one side by side while they change over.
  const items = scheme.separator === undefined ? [value] : value.split(scheme.separator)
  const signatures = items.map((item) => readSignature(scheme, item)).filter((bytes) => bytes !== undefined)
  return signatures.length === 0 || signatures.length > maxSignatures ? 'signature-malformed' : signatures
}

/** Signature as it stands in the header. */
export function writeSignature(scheme: SignatureScheme, signature: Buffer): string {
  return `${scheme.prefixes[0] ?? ''}${signature.toString(scheme.encodings[0] ?? 'base64')}`
}

function readSignature(scheme: SignatureScheme, item: string): Buffer | undefined {
  const length = digestBytes[scheme.algorithm]
  for (const prefix of scheme.prefixes) {
    if (!item.startsWith(prefix)) continue
    const text = item.slice(prefix.length)
    for (const encoding of scheme.encodings) {
      const bytes = decodeExactly(text, encoding, length)
      if (bytes !== undefined) return bytes
    }
  }
  return undefined
}

/** `Buffer.from` skips what it cannot read, so many texts would pass as one signature: only the exact text of these bytes is taken. */
function decodeExactly(text: string, encoding: Encoding, length: number): Buffer | undefined {
  if (text.length !== textLength(encoding, length)) return undefined
  if (encoding === 'hex') return hexText.test(text) ? Buffer.from(text, 'hex') : undefined
  const bytes = Buffer.from(text, 'base64')
  // The same text length holds up to two bytes more where padding is replaced by letters.
  return bytes.length === length && bytes.toString('base64') === text ? bytes : undefined
}

function textLength(encoding: Encoding, bytes: number): number {
  return encoding === 'hex' ? bytes * 2 : Math.ceil(bytes / 3) * 4
}

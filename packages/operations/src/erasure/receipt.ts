import { hkdfSync, type KeyObject, sign, verify } from 'node:crypto'
import { type SecretKeys, signingKey, verifyingKey } from '@millrace/signing'
import { z } from 'zod'

const count = z.number().int().min(0)
const time = z.number().int()

/** What was done in one place. */
export const donePlace = z
  .object({
    place: z.string().describe('A topic, a form of Redis keys, a table.'),
    what: z.string().describe('What was done there: keys destroyed, nulls written, rows deleted …'),
    count,
  })
  .meta({ id: 'ErasedPlace' })

/** What an erasure did, for whoever has to show it. It names no person but those who decided. */
export const receiptSchema = z
  .object({
    receipt_id: z.string(),
    tenant: z.string(),
    subject_hash: z.string().describe('Of what was erased; only who has the tenant’s index key finds it.'),
    subject_kind: z.string(),
    requested_by: z.string(),
    requested_at: time,
    approved_by: z.string(),
    approved_at: time,
    approval_id: z.string(),
    approval_mode: z.string(),
    erased_at: time.describe('From then on nobody reads it any more, but for `plain_records_until`.'),
    places: z.array(donePlace),
    last_record_expires: z
      .string()
      .describe('Day (UTC) on which Kafka has deleted the last record of it, whatever it was; unreadable until then.'),
    plain_records_until: z
      .string()
      .nullable()
      .describe('Day (UTC) until which topics may hold records of it that were written in plain text; null: none do.'),
    remarks: z.array(z.string()).describe('What is beyond this installation’s reach, and what stays.'),
  })
  .meta({ id: 'ErasureReceipt' })

export type Receipt = z.infer<typeof receiptSchema>
export type DonePlace = z.infer<typeof donePlace>

export const signedReceipt = receiptSchema
  .extend({
    public_key: z.string().describe('ed25519, `whpk_` and base64; compare it with what the installation tells you.'),
    signature: z.string().describe('`key id:base64` over the canonical text of the rest.'),
  })
  .meta({ id: 'SignedErasureReceipt' })

export type SignedReceipt = z.infer<typeof signedReceipt>

/**
 * Signs a receipt by ed25519 with a key of this use alone, derived from the current one of MILLRACE_SECRET_KEYS (RFC 5869), so that who was given the
 * public key checks it without any secret.
 */
export function signReceipt(receipt: Receipt, keys: SecretKeys): SignedReceipt {
  const whsk = secretOf(keys, keys.currentId)
  const key = signingKey(whsk) as KeyObject
  const public_key = receiptPublicKey(keys)
  const signature = sign(null, textOf({ ...receipt, public_key }), key).toString('base64')
  return { ...receipt, public_key, signature: `${keys.currentId}:${signature}` }
}

/** `whpk_…` of the key that receipts are signed with now. */
export function receiptPublicKey(keys: SecretKeys, id: string = keys.currentId): string {
  const key = verifyingKey(secretOf(keys, id)) as KeyObject
  const der = key.export({ type: 'spki', format: 'der' })
  return `whpk_${der.subarray(der.length - 32).toString('base64')}`
}

/** `altered`: the signature is not of this text. `unknown`: by a key that is not among `publicKeys`. */
export type ReceiptVerdict = 'good' | 'altered' | 'unknown'

/** Checks a receipt against the public keys of the installation. */
export function checkReceipt(given: SignedReceipt, publicKeys: readonly string[]): ReceiptVerdict {
  const { signature, ...rest } = given
  const key = verifyingKey(given.public_key)
  const bytes = Buffer.from(signature.slice(signature.indexOf(':') + 1), 'base64')
  if (key === undefined || !verify(null, textOf(rest), key, bytes)) return 'altered'
  return publicKeys.includes(given.public_key) ? 'good' : 'unknown'
}

/** Public keys of all of MILLRACE_SECRET_KEYS: old receipts are of old keys. */
export function receiptPublicKeys(keys: SecretKeys): string[] {
  return [...keys.byId.keys()].map((id) => receiptPublicKey(keys, id))
}

function secretOf(keys: SecretKeys, id: string): string {
  const key = keys.byId.get(id)
  if (key === undefined) throw new Error(`no key ${id}`)
  const seed = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), 'millrace erasure receipt', 32))
  return `whsk_${seed.toString('base64')}`
}

/** JSON with the names of every object in order, so that no order of fields makes another text. */
function textOf(value: object): Buffer {
  const ordered = (_name: string, held: unknown) =>
    typeof held === 'object' && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1)))
      : held
  return Buffer.from(`millrace-erasure-receipt-1\n${JSON.stringify(value, ordered)}`)
}

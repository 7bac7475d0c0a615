import { createHash, createHmac, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { AuditEntry } from '@millrace/schemas'
import type { SecretKeys } from '@millrace/signing'

/** What the first entry of all holds in place of a hash before it. */
export const GENESIS_HASH = '0'.repeat(64)

/** The record key of entries that concern no tenant. */
const INSTALLATION_KEY = '-'

/** An entry before it has its place in the chain. */
export type UnchainedEntry = Omit<AuditEntry, 'sequence' | 'previous_hash' | 'hash' | 'mac'>

/** The last entry so far; the next one holds its hash. */
export interface ChainHead {
  /** 0 while there is none. */
  readonly sequence: number
  readonly hash: string
}

export const emptyHead: ChainHead = { sequence: 0, hash: GENESIS_HASH }

/** The record key of an entry. */
export function auditKey({ tenant }: Pick<AuditEntry, 'tenant'>): string {
  return tenant === '' ? INSTALLATION_KEY : tenant
}

/** An entry in its place behind `head`. Without keys it has no mac. */
export function chained(entry: UnchainedEntry, head: ChainHead, keys: SecretKeys | undefined): AuditEntry {
  const placed = { ...entry, sequence: head.sequence + 1, previous_hash: head.hash }
  const signed = { ...placed, mac: keys === undefined ? '' : macOf(placed, keys.currentId, keys) }
  return { ...signed, hash: hashOf(signed) }
}

/** SHA-256 over the canonical form, mac included, in hex: no byte of an entry can change without it. */
export function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(canonical(entry, entry.mac)).digest('hex')
}

/** A JSON array, so no two different entries have the same form, and none depends on the order of fields in an object. */
function canonical(entry: Omit<AuditEntry, 'hash' | 'mac'>, mac: string): string {
  return JSON.stringify([
    'millrace-audit-1',
    entry.tenant,
    entry.sequence,
    entry.previous_hash,
    entry.at,
    entry.actor_id,
    entry.actor_name,
    entry.actor_kind,
    entry.action,
    entry.subject,
    entry.reason,
    entry.approval_id,
    entry.outcome,
    entry.detail_json,
    mac,
  ])
}

/** What the mac of an entry says: `none`: it has none; `key-unknown`: of a key that is not among `keys`. */
export type MacVerdict = 'good' | 'wrong' | 'none' | 'key-unknown'

export function checkMac(entry: AuditEntry, keys: SecretKeys): MacVerdict {
  const { mac } = entry
  if (mac === '') return 'none'
  const keyId = mac.slice(0, Math.max(0, mac.indexOf(':')))
  if (!keys.byId.has(keyId)) return 'key-unknown'
  const [given, right] = [Buffer.from(mac), Buffer.from(macOf(entry, keyId, keys))]
  return given.length === right.length && timingSafeEqual(given, right) ? 'good' : 'wrong'
}

function macOf(entry: Omit<AuditEntry, 'hash' | 'mac'>, keyId: string, keys: SecretKeys): string {
  const key = keys.byId.get(keyId)
  if (key === undefined) throw new Error(`no key ${keyId}`)
  return `${keyId}:${createHmac('sha256', macKeyOf(key)).update(canonical(entry, '')).digest('hex')}`
}

const macKeys = new WeakMap<KeyObject, Buffer>()

/** A key of its own for this use (RFC 5869), so that no text sealed elsewhere says anything about it. */
function macKeyOf(key: KeyObject): Buffer {
  const known = macKeys.get(key)
  if (known !== undefined) return known
  const made = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), 'millrace audit chain', 32))
  macKeys.set(key, made)
  return made
}

import { createHash } from 'node:crypto'
import type { NodeType } from './node-types.ts'
import { ruleOf } from './relationship-types.ts'

// Ids are record keys and Redis keys, and each relationship id holds two of them.
const MAX_ID_LENGTH = 200

/**
 * The id of a node: `type:account:part…`, parts percent-encoded, so that no two lists of parts make one id and `>` stays free for
 * relationships. The account comes from configuration, so equal ids of two vendor accounts never meet. Long ids end in a hash of the whole.
 */
export function nodeId(type: NodeType, account: string, ...parts: readonly string[]): string {
  const id = [type, account, ...parts].map(encodePart).join(':')
  if (id.length <= MAX_ID_LENGTH) return id
  return `${id.slice(0, MAX_ID_LENGTH - 33).replace(/%.?$/, '')}~${hash(id)}`
}

/** Scope of what is the same thing in every account of a tenant: an email address, a phone number, a URL, an organisation. */
export const TENANT_WIDE = ''

/** The id of a relationship: `from>type>to`, or `from>type` for one that has a single target at a time. */
export function relationshipId(type: string, fromId: string, toId: string): string {
  return ruleOf(type).isSingle ? `${fromId}>${type}` : `${fromId}>${type}>${toId}`
}

/** The ends of a relationship, by the node that states it and the node at its other end. */
export function endsOf(
  type: string,
  owner: string,
  other: string,
): { readonly from_id: string; readonly to_id: string } {
  return ruleOf(type).statedBy === 'to' ? { from_id: other, to_id: owner } : { from_id: owner, to_id: other }
}

/** The id of one extraction: the same event read by the same version of an extractor always has the same. */
export function extractionId(tenant: string, eventId: string, extractor: string, version: number): string {
  return `ext_${hash(JSON.stringify([tenant, eventId, extractor, version]))}`
}

/** Names that differ only in case, outer spaces or Unicode composition are one name. */
export function nameKey(name: string): string {
  return name.normalize('NFC').trim().toLowerCase()
}

function encodePart(part: string): string {
  // A lone surrogate, which JSON can carry, would make encodeURIComponent throw.
  return encodeURIComponent(part.toWellFormed())
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

import { createHash } from 'node:crypto'

/**
 * A part of a node's id for what tells who somebody is, or what they wrote: the first 32 hex digits of the SHA-256 of its UTF-8 bytes. Ids are record
 * keys, which stay readable and outlive what they name, so they hold no address, number, name or words. Without a key, so that whoever knows an
 * address can compute the id in any language.
 * @param text in its normal form: an email address in lower case, a phone number in E.164
 */
export function hashedPart(text: string): string {
  return createHash('sha256').update(text.toWellFormed()).digest('hex').slice(0, 32)
}

/**
 * The ids of the nodes that an address or a number has in a tenant's graph: the person known by it, and the address or number itself. A person who has
 * an older or better known id is found by it through `identities`.
 * @param handle an email address, or a phone number in E.164
 */
export function nodeIdsOfHandle(handle: string): readonly string[] {
  const text = handle.trim().toLowerCase()
  const hash = hashedPart(text)
  return text.includes('@')
    ? [`email_address::${hash}`, `person::email:${hash}`]
    : [`phone::${hash}`, `person::phone:${hash}`]
}

import type { JsonObject } from '@millrace/domain'
import { hashedPart } from '@millrace/domain'
import { emailAddress, organisation, phone } from './add-mentions.ts'
import type { GraphDraft } from './graph-draft.ts'
import { nodeId } from './graph-ids.ts'
import { emailOf, personByEmail, personByPhone, personByVendorId, phoneOf } from './person-identity.ts'
import { organisationDomain } from './text/mail-domain.ts'

/** All that is known of a person in one place of an event. */
export interface MetPerson {
  readonly account: string
  /** The vendor's ids of the person, as `[vendor, id]`. */
  readonly vendorIds?: readonly (readonly [string, string])[]
  /** Addresses, numbers and other handles, as they were written. */
  readonly handles?: readonly string[]
  readonly properties?: JsonObject
}

/**
 * Adds a person with addresses, numbers and the organisation that a mail domain plainly says. Returns the id to relate to; null when nothing
 * identifies the person, for a name alone is shared by many.
 */
export function addPerson(
  draft: GraphDraft,
  { account, vendorIds = [], handles = [], properties = {} }: MetPerson,
): string | null {
  const emails = handles.map(emailOf).filter((email) => email !== null)
  const numbers = handles.map(phoneOf).filter((number) => number !== null)
  // A handle of some other channel (a Twitter name) is a person's only within the account.
  const others = handles.filter(
    (handle) => emailOf(handle) === null && phoneOf(handle) === null && handle.trim() !== '',
  )
  const [first, ...rest] = [
    ...emails.map(personByEmail),
    ...numbers.map(personByPhone),
    ...vendorIds.map(([vendor, id]) => personByVendorId(account, vendor, id)),
    ...(vendorIds.length === 0
      ? others.map((handle) => nodeId('person', account, 'handle', hashedPart(handle.trim())))
      : []),
  ]
  if (first === undefined) return null
  // As it was written, where it was.
  const known = { ...named('email', emails[0]), ...named('phone', numbers[0]), ...properties }
  const id = draft.person([first, ...rest], known)
  for (const email of emails) relateEmail(draft, id, email)
  for (const number of numbers) {
    const { type, id: phoneId, properties: own } = phone(number)
    draft.relate('has_phone', id, draft.node(type, phoneId, own))
  }
  return id
}

function relateEmail(draft: GraphDraft, person: string, email: string): void {
  const address = emailAddress(email)
  draft.relate('has_email', person, draft.node(address.type, address.id, address.properties))
  const domain = organisationDomain(email)
  if (domain === null) return
  const { type, id, properties } = organisation(domain)
  draft.relate('member_of', person, draft.node(type, id, properties, { isOfClient: false }))
}

function named(name: string, value: string | undefined): JsonObject {
  return value === undefined ? {} : { [name]: value }
}

import { hashedPart } from '@millrace/domain'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { nameKey, nodeId, TENANT_WIDE } from './graph-ids.ts'

const MAX_PHONE_LENGTH = 40

/** Ids under which one person is met, in the order in which one of them stands for all. */
const KINDS = ['email', 'phone']

/** The id of a person by email address, lower-cased; null for a text that is plainly none. */
export function emailOf(text: string): string | null {
  const email = nameKey(text)
  return /^[^\s@<>,;]+@[^\s@<>,;]+$/.test(email) && email.length <= 254 ? email : null
}

/** A phone number in E.164, in the form in which texts' mentions have it; null for what is none with a country code. */
export function phoneOf(text: string): string | null {
  // Without its sign there is no country code: that costs the parser an error with a stack, and most handles are addresses.
  if (text.length > MAX_PHONE_LENGTH || !text.includes('+')) return null
  const number = parsePhoneNumberFromString(text.trim())
  return number?.isPossible() === true ? number.number : null
}

export function personByEmail(email: string): string {
  return nodeId('person', TENANT_WIDE, 'email', hashedPart(email))
}

export function personByPhone(number: string): string {
  return nodeId('person', TENANT_WIDE, 'phone', hashedPart(number))
}

/** By a vendor's id: another vendor, and another account, numbers its own people. */
export function personByVendorId(account: string, vendor: string, id: string): string {
  return nodeId('person', account, vendor, id)
}

/**
 * Tells which of two ids of one person stands for both: email before phone before vendor id, then the smaller text. Total, so that whoever
 * compares finds the same one, in whatever order the ids were met.
 */
export function compareIdentities(a: string, b: string): number {
  return rankOf(a) - rankOf(b) || (a < b ? -1 : a > b ? 1 : 0)
}

export function bestIdentity(ids: Iterable<string>): string {
  const [best = ''] = [...ids].sort(compareIdentities)
  return best
}

function rankOf(id: string): number {
  const [, scope, kind = ''] = id.split(':')
  const rank = scope === TENANT_WIDE ? KINDS.indexOf(kind) : -1
  return rank === -1 ? KINDS.length : rank
}

export interface JoinedPerson {
  readonly id: string
  /** The other ids; only for the one that stands for all. */
  readonly others: readonly string[]
}

/** Joins lists of ids that share one (union-find), and gives each id the one that stands for all. */
export function joinIdentities(lists: readonly (readonly string[])[]): Map<string, JoinedPerson> {
  const parents = new Map<string, string>()
  const rootOf = (id: string): string => {
    const parent = parents.get(id) ?? id
    if (parent === id) return id
    const root = rootOf(parent)
    parents.set(id, root)
    return root
  }
  for (const [first, ...others] of lists) {
    if (first === undefined) continue
    parents.set(first, rootOf(first))
    for (const other of others) {
      const [a, b] = [rootOf(first), rootOf(other)]
      const isFirstBetter = compareIdentities(a, b) <= 0
      parents.set(isFirstBetter ? b : a, isFirstBetter ? a : b)
      parents.set(isFirstBetter ? a : b, isFirstBetter ? a : b)
    }
  }
  const groups = Map.groupBy(parents.keys(), rootOf)
  return new Map(
    [...groups].flatMap(([root, ids]) =>
      ids.map((id): [string, JoinedPerson] => [
        id,
        { id: root, others: id === root ? ids.filter((other) => other !== root).sort(compareIdentities) : [] },
      ]),
    ),
  )
}

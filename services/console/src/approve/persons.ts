import type { Kysely } from 'kysely'
import { HOST } from '../access/tables.ts'
import type { Tables } from '../db/tables.ts'

/** What is known of who stands behind an account. */
export interface Account {
  readonly id: string
  readonly email: string | null
  /** Who made it, and who gave its last one-time link, and when: they could have set its password. */
  readonly madeBy: readonly { readonly by: string; readonly at: number }[]
  /** When the last link was given, epoch milliseconds: a vouch from before says nothing of who used it. */
  readonly credentialsAt: number
  readonly vouches: readonly { readonly by: string; readonly at: number }[]
}

/** Why two accounts do not count as two persons. */
export type Link = 'same-account' | 'same-mailbox' | 'unknown-account' | 'made-by-one-of-them'

/**
 * Whether two accounts may belong to one person, as far as that can be known; undefined when they count as two.
 *
 * Whoever makes an account (or gives a link to it) may be the one who uses it. So an account is linked to its maker, and through it to every other
 * account of that maker, until somebody who is linked with neither vouches that it is a person of its own. The machine (`host`) is nobody's account:
 * who has it can do everything in any case. What cannot be known: that two people share a password, or that somebody independent vouched wrongly.
 */
export function linkOf(a: string, b: string, accounts: ReadonlyMap<string, Account>): Link | undefined {
  if (a === b) return 'same-account'
  const [one, other] = [accounts.get(a), accounts.get(b)]
  if (one === undefined || other === undefined) return 'unknown-account'
  if (one.email !== null && other.email !== null && mailboxOf(one.email) === mailboxOf(other.email))
    return 'same-mailbox'
  const groups = knownGroups(accounts)
  const [first, second] = [groups.get(a), groups.get(b)]
  // A maker whose account is gone could be either of them.
  if (first === undefined || second === undefined) return 'unknown-account'
  return first === second ? 'made-by-one-of-them' : undefined
}

const groupsByAccounts = new WeakMap<ReadonlyMap<string, Account>, ReturnType<typeof groupsOf>>()

/** A list of requests asks about the same accounts for each of its rows. */
function knownGroups(accounts: ReadonlyMap<string, Account>): ReturnType<typeof groupsOf> {
  const groups = groupsByAccounts.get(accounts) ?? groupsOf(accounts)
  groupsByAccounts.set(accounts, groups)
  return groups
}

/**
 * The group of linked accounts of each account, by one of its ids; undefined where a maker is not known any more.
 *
 * Vouches are counted from nothing up: at first every account hangs on its makers, and a vouch counts where the voucher's group is another one than the
 * account's, and so is not the maker's. Each that counts cuts its account off and may let others count; none can undo another.
 */
function groupsOf(accounts: ReadonlyMap<string, Account>): Map<string, string | undefined> {
  const free = new Map<string, number>()
  for (;;) {
    const groups = grouped(accounts, free)
    const next = [...accounts.values()].find((one) => !free.has(one.id) && firstVouchOf(one, groups) !== undefined)
    if (next === undefined) return groups
    // One at a time: a second vouch may have relied on what the first has just cut.
    free.set(next.id, firstVouchOf(next, groups) ?? 0)
  }
}

/** When the first vouch was given that counts; undefined: none does. */
function firstVouchOf(account: Account, groups: ReadonlyMap<string, string | undefined>): number | undefined {
  const counted = account.vouches.filter(({ by, at }) => {
    if (at < account.credentialsAt) return false
    if (by === HOST) return true
    const voucher = groups.get(by)
    return voucher !== undefined && voucher !== groups.get(account.id)
  })
  return counted.length === 0 ? undefined : Math.min(...counted.map(({ at }) => at))
}

const UNKNOWN = '?'

/** @param free accounts that somebody vouched for, and since when */
function grouped(
  accounts: ReadonlyMap<string, Account>,
  free: ReadonlyMap<string, number>,
): Map<string, string | undefined> {
  const parents = new Map<string, string>()
  const rootOf = (id: string): string => {
    let root = id
    for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root)) root = next
    return root
  }
  for (const { id, madeBy } of accounts.values()) {
    if (free.has(id)) continue
    for (const { by: maker, at } of madeBy) {
      if (maker === HOST || maker === id) continue
      // What an account made before it was vouched for may be its owner's or its maker's work.
      const isKnown = accounts.has(maker) && at > (free.get(maker) ?? -1)
      const [child, parent] = [rootOf(id), rootOf(isKnown ? maker : UNKNOWN)]
      if (child === parent) continue
      // What hangs on an unknown maker stays there.
      if (child === UNKNOWN) parents.set(parent, child)
      else parents.set(child, parent)
    }
  }
  return new Map([...accounts.keys()].map((id) => [id, rootOf(id) === UNKNOWN ? undefined : rootOf(id)]))
}

/** One mailbox has many spellings: case, what follows a plus sign, and with Gmail dots. */
export function mailboxOf(email: string): string {
  const [local = '', domain = ''] = email
    .toLowerCase()
    .trim()
    .split(/@(?=[^@]*$)/)
  const name = local.split('+', 1)[0] ?? ''
  const isGmail = domain === 'gmail.com' || domain === 'googlemail.com'
  return `${isGmail ? name.replaceAll('.', '') : name}@${isGmail ? 'gmail.com' : domain}`
}

/** Every account with what is known of it; there are few. */
export async function readAccounts(db: Kysely<Tables>): Promise<Map<string, Account>> {
  const users = await db
    .selectFrom('users')
    .select(['id', 'email', 'created_by', 'created_at', 'credentials_by', 'credentials_at'])
    .execute()
  const vouches = await db.selectFrom('user_vouches').selectAll().execute()
  return new Map(
    users.map(({ id, email, created_by, created_at, credentials_by, credentials_at }) => [
      id,
      {
        id,
        email,
        madeBy: [
          { by: created_by, at: created_at },
          { by: credentials_by, at: credentials_at },
        ],
        credentialsAt: credentials_at,
        vouches: vouches
          .filter(({ user_id }) => user_id === id)
          .map(({ vouched_by, vouched_at }) => ({ by: vouched_by, at: vouched_at })),
      },
    ]),
  )
}

import type { Deps } from '../deps.ts'
import { type Account, linkOf, readAccounts } from './persons.ts'

/** What an account counts for where a second person is asked for. */
export interface Standing {
  /** Names of the accounts with which it counts as one person. */
  readonly counts_with: readonly string[]
  /** Whether it hangs on who made it, or gave its last link, so that a vouch would change something. */
  readonly needs_vouch: boolean
}

const alone: Standing = { counts_with: [], needs_vouch: false }

/** What each account counts for, by its id; where one person is enough, nobody asks. */
export async function readStandings({
  db,
  settings,
}: Pick<Deps, 'db' | 'settings'>): Promise<(userId: string) => Standing> {
  if (settings.approvals === 'one-person') return () => alone
  const [accounts, names] = await Promise.all([
    readAccounts(db),
    db.selectFrom('users').select(['id', 'name']).execute(),
  ])
  const nameOf = new Map(names.map(({ id, name }) => [id, name]))
  return (userId) => {
    const account = accounts.get(userId)
    if (account === undefined) return alone
    const linked = linkedWith(userId, accounts)
    const cutOff = new Map(accounts).set(userId, { ...account, madeBy: [] })
    return {
      counts_with: linked.flatMap((id) => nameOf.get(id) ?? []).sort(),
      needs_vouch: linkedWith(userId, cutOff).length < linked.length,
    }
  }
}

function linkedWith(userId: string, accounts: ReadonlyMap<string, Account>): string[] {
  return [...accounts.keys()].filter((id) => id !== userId && linkOf(userId, id, accounts) !== undefined)
}

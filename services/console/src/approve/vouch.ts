import { type Kysely, sql, type Transaction } from 'kysely'
import type { Actor } from '../access/actor.ts'
import { HOST } from '../access/tables.ts'
import { hasAdmin } from '../access/users.ts'
import { vouchCodeOf } from '../access/vouch-code.ts'
import type { Audit } from '../audit/audit.ts'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import { linkOf, readAccounts } from './persons.ts'

export interface Vouch {
  readonly userId: string
  /** The number that the user reads from their own page: it says which session is theirs. */
  readonly code: string
  readonly actor: Actor
}

/**
 * Notes that `actor` stands for it that an account is a person of its own, and takes the account out of the hands of whoever made it: of all that could
 * act as it, only the session whose number the user read out stays; links, other sessions, tokens, the password and open requests end. A vouch of
 * somebody who is linked with the account would be worth nothing, so it is refused.
 * @throws ConsoleError `MR_CONSOLE_TOKEN_DECIDES`, `MR_CONSOLE_NOT_FOUND`, `MR_CONSOLE_SAME_PERSON`, `MR_CONSOLE_INVALID` for a number that is no
 * session's, `MR_CONSOLE_CONFLICT` where nobody would be left who may administer everything
 */
export async function vouch(db: Kysely<Tables>, audit: Audit, { userId, code, actor }: Vouch): Promise<void> {
  if (actor.kind === 'token' && actor.personId !== HOST) throw new ConsoleError('MR_CONSOLE_TOKEN_DECIDES')
  await db.transaction().execute(async (trx) => {
    // First of all: whoever logs in, sets a password or gives a link at this moment waits, and then finds the account vouched for.
    const user = await trx.selectFrom('users').select('id').where('id', '=', userId).forUpdate().executeTakeFirst()
    if (user === undefined) throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
    await checkIndependent(trx, userId, actor)
    const had = await hasAdmin(trx)
    await keepOnlySession(trx, userId, await sessionOf(trx, userId, code))
    if (had && !(await hasAdmin(trx)))
      throw new ConsoleError('MR_CONSOLE_CONFLICT', { detail: 'Nobody would be left who may administer everything.' })
    await takeBackRequests(trx, audit, userId, actor)
    await store(trx, userId, actor.personId)
    await audit.append({ actor, tenant: '', action: 'user.vouch', subject: userId, outcome: 'done' }, trx)
  })
}

async function checkIndependent(trx: Transaction<Tables>, userId: string, actor: Actor): Promise<void> {
  if (actor.personId === HOST || linkOf(userId, actor.personId, await readAccounts(trx)) === undefined) return
  throw new ConsoleError('MR_CONSOLE_SAME_PERSON', {
    detail: 'You made this account, were made by it or by the same person: somebody independent vouches for it.',
  })
}

async function sessionOf(trx: Transaction<Tables>, userId: string, code: string): Promise<string> {
  const sessions = await trx
    .selectFrom('sessions')
    .select('hash')
    .where('user_id', '=', userId)
    .where('expires_at', '>', Date.now())
    .execute()
  const found = sessions.find(({ hash }) => vouchCodeOf(hash) === code)
  if (found !== undefined) return found.hash
  throw new ConsoleError('MR_CONSOLE_INVALID', {
    detail:
      'No session of this user has that number: the user logs in, opens Users and tokens and reads the number for vouching to you.',
    problems: [{ pointer: '/code', detail: 'must be the eight digits that the user sees now' }],
  })
}

async function keepOnlySession(trx: Transaction<Tables>, userId: string, kept: string): Promise<void> {
  await trx.updateTable('users').set({ password: null }).where('id', '=', userId).execute()
  await trx.deleteFrom('login_codes').where('user_id', '=', userId).execute()
  await trx.deleteFrom('sessions').where('user_id', '=', userId).where('hash', '<>', kept).execute()
  // A new password is set in it without the one before, which is gone.
  await trx.updateTable('sessions').set({ is_by_code: true }).where('hash', '=', kept).execute()
  const gone = await trx.deleteFrom('tokens').where('user_id', '=', userId).returning('id').execute()
  const ids = gone.map(({ id }) => id)
  if (ids.length > 0) await trx.deleteFrom('token_roles').where('token_id', 'in', ids).execute()
}

/** Who asked for them as this account is not known: it may be who would now approve them. */
async function takeBackRequests(trx: Transaction<Tables>, audit: Audit, userId: string, actor: Actor): Promise<void> {
  const reason = 'the account that asked was vouched for since: ask anew'
  const closed = await trx
    .updateTable('approvals')
    .set({
      status: 'cancelled',
      decided_by: actor.id,
      decided_name: actor.name,
      decided_at: Date.now(),
      decision_reason: reason,
    })
    .where('status', '=', 'pending')
    .where(sql<boolean>`${userId} = any(requested_persons)`)
    .returning(['id', 'tenant', 'subject'])
    .execute()
  for (const { id, tenant, subject } of closed) {
    const entry = { actor, tenant, action: 'approval.cancel', subject, approval_id: id }
    await audit.append({ ...entry, reason, outcome: 'done' }, trx)
  }
}

/** A vouch that counts already keeps its time: what the account did since is its own. */
async function store(trx: Transaction<Tables>, userId: string, by: string): Promise<void> {
  const { credentials_at } = await trx
    .selectFrom('users')
    .select('credentials_at')
    .where('id', '=', userId)
    .executeTakeFirstOrThrow()
  await trx
    .insertInto('user_vouches')
    .values({ user_id: userId, vouched_by: by, vouched_at: Math.max(Date.now(), credentials_at) })
    .onConflict((conflict) => conflict.columns(['user_id', 'vouched_by']).doNothing())
    .execute()
}

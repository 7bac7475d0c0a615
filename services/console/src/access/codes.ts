import { ALL_TENANTS } from './roles.ts'
import { hashSecret, newSecret } from './secrets.ts'
import { HOST } from './tables.ts'
import { addUser, type Db, hasAdmin } from './users.ts'

/** A one-time code that logs somebody in, so that they can set a password. */
export interface LoginCode {
  readonly code: string
  readonly expiresAt: number
}

const CODE_LASTS_MS = 86_400_000
const FIRST_ADMIN = 'admin'

/**
 * A code for a user, in place of any they had; it counts as the user's credentials given by whoever made it, and ends every vouch for the account.
 * @param by id of who gives it out
 */
export async function giveCode(db: Db, userId: string, by: string, now: number): Promise<LoginCode> {
  // Before anything else: it takes the user's row, for which a vouch at the same moment waits.
  await db.updateTable('users').set({ credentials_by: by, credentials_at: now }).where('id', '=', userId).execute()
  await db.deleteFrom('user_vouches').where('user_id', '=', userId).execute()
  await db.deleteFrom('login_codes').where('user_id', '=', userId).execute()
  return addCode(db, userId, by, now)
}

/** A code for the first administrator; undefined when there is one already. */
export async function giveFirstCode(db: Db, now: number): Promise<LoginCode | undefined> {
  if (await hasAdmin(db)) return undefined
  return addCode(db, null, HOST, now)
}

/** Whether a code for the first administrator is out, used or not: whoever used it is about to set a password. */
export async function hasFirstCode(db: Db, now: number): Promise<boolean> {
  const codes = db.selectFrom('login_codes').select('hash').where('user_id', 'is', null).where('expires_at', '>', now)
  return (await codes.executeTakeFirst()) !== undefined
}

async function addCode(db: Db, userId: string | null, by: string, now: number): Promise<LoginCode> {
  await db.deleteFrom('login_codes').where('expires_at', '<=', now).execute()
  const code = newSecret()
  const expiresAt = now + CODE_LASTS_MS
  await db
    .insertInto('login_codes')
    .values({
      hash: hashSecret(code),
      user_id: userId,
      created_at: now,
      created_by: by,
      expires_at: expiresAt,
      used_at: null,
    })
    .execute()
  return { code, expiresAt }
}

/** Uses a code up. Gives the id of the user it logs in; undefined when it is unknown, used, expired, or not needed any more. */
export async function redeemCode(db: Db, code: string, now: number): Promise<string | undefined> {
  await lockUserOf(db, code)
  const found = await db
    .updateTable('login_codes')
    .set({ used_at: now })
    .where('hash', '=', hashSecret(code))
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('user_id')
    .executeTakeFirst()
  if (found === undefined) return undefined
  return found.user_id ?? (await firstAdmin(db, now))
}

/** In the order in which a vouch takes them: the user first, then their codes. */
async function lockUserOf(db: Db, code: string): Promise<void> {
  const { user_id } =
    (await db.selectFrom('login_codes').select('user_id').where('hash', '=', hashSecret(code)).executeTakeFirst()) ?? {}
  if (user_id) await db.selectFrom('users').select('id').where('id', '=', user_id).forUpdate().execute()
}

async function firstAdmin(db: Db, now: number): Promise<string | undefined> {
  if (await hasAdmin(db)) return undefined
  const known = await db.selectFrom('users').select('id').where('name', '=', FIRST_ADMIN).executeTakeFirst()
  if (known !== undefined) return known.id
  const grants = [{ tenant: ALL_TENANTS, role: 'admin' as const }]
  return (await addUser(db, { name: FIRST_ADMIN, email: null, grants }, HOST, now)).id
}

import { ConsoleError } from '../errors.ts'
import { type Actor, createActor } from './actor.ts'
import type { Identified, Session } from './guard.ts'
import { hashSecret, newSecret } from './secrets.ts'
import { type Db, grantsOf } from './users.ts'

export interface SessionTimes {
  /** Milliseconds from login to the end, whatever happens. */
  readonly sessionMs: number
  /** Milliseconds without a request until the end. */
  readonly sessionIdleMs: number
}

export interface NewSession {
  /** The cookie's value; only its hash is kept. */
  readonly secret: string
  readonly expiresAt: number
  readonly actor: Actor
  readonly session: Session
}

/** More than one person has browsers; further logins end the oldest. */
const MAX_SESSIONS = 20
/** How exactly the last request of a session is known. */
const SEEN_EVERY_MS = 60_000

/** Logs in a user who is not disabled, and forgets sessions that are over. */
export async function beginSession(
  db: Db,
  userId: string,
  { times, byCode }: { readonly times: SessionTimes; readonly byCode: boolean },
  now: number,
): Promise<NewSession> {
  const secret = newSecret()
  const expiresAt = now + times.sessionMs
  await db.deleteFrom('sessions').where('expires_at', '<=', now).execute()
  await endOldest(db, userId)
  await db
    .insertInto('sessions')
    .values({
      hash: hashSecret(secret),
      user_id: userId,
      csrf_token: newSecret(),
      is_by_code: byCode,
      created_at: now,
      last_seen_at: now,
      expires_at: expiresAt,
    })
    .execute()
  await db.updateTable('users').set({ last_login_at: now }).where('id', '=', userId).execute()
  const { actor, session } = (await findSession(db, secret, times, now)) ?? {}
  if (actor === undefined || session === undefined) throw new ConsoleError('MR_CONSOLE_LOGIN')
  return { secret, expiresAt, actor, session }
}

/** Makes room for one more session of a user. */
async function endOldest(db: Db, userId: string): Promise<void> {
  const others = await db
    .selectFrom('sessions')
    .select('hash')
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .offset(MAX_SESSIONS - 1)
    .execute()
  const oldest = others.map(({ hash }) => hash)
  if (oldest.length > 0) await db.deleteFrom('sessions').where('hash', 'in', oldest).execute()
}

/** Who a cookie's value stands for; undefined when the session is over or the user is disabled. */
export async function findSession(
  db: Db,
  secret: string,
  { sessionIdleMs }: SessionTimes,
  now: number,
): Promise<Identified | undefined> {
  const hash = hashSecret(secret)
  const found = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select([
      'users.id',
      'users.name',
      'sessions.csrf_token',
      'sessions.last_seen_at',
      'sessions.expires_at',
      'sessions.is_by_code',
    ])
    .select((e) => e('users.password', 'is not', null).as('has_password'))
    .where('sessions.hash', '=', hash)
    .where('sessions.expires_at', '>', now)
    .where('sessions.last_seen_at', '>', now - sessionIdleMs)
    .where('users.is_disabled', '=', false)
    .executeTakeFirst()
  if (found === undefined) return undefined
  if (now - found.last_seen_at > SEEN_EVERY_MS)
    await db.updateTable('sessions').set({ last_seen_at: now }).where('hash', '=', hash).execute()
  const { id, name } = found
  const grants = await grantsOf(db, id)
  const actor = createActor({ id, name, kind: 'user', personId: id, tokenId: null, sessionHash: hash, grants })
  const session = {
    hash,
    csrfToken: found.csrf_token,
    expiresAt: found.expires_at,
    hasPassword: Boolean(found.has_password),
    isByCode: found.is_by_code,
  }
  return { actor, session }
}

/** Ends one session. */
export async function endSession(db: Db, hash: string): Promise<void> {
  await db.deleteFrom('sessions').where('hash', '=', hash).execute()
}

/** Ends all sessions of a user but one. */
export async function endOtherSessions(db: Db, userId: string, but: string): Promise<void> {
  await db.deleteFrom('sessions').where('user_id', '=', userId).where('hash', '<>', but).execute()
}

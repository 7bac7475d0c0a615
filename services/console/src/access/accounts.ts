import type { FastifyRequest } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import type { Audit } from '../audit/audit.ts'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import { type Actor, createActor } from './actor.ts'
import { redeemCode } from './codes.ts'
import { sessionCookieOf } from './cookie.ts'
import { equalTexts } from './cross-site.ts'
import type { Identified, Session } from './guard.ts'
import { countTry, forgetTries } from './login-failures.ts'
import { createPasswords } from './passwords.ts'
import { ALL_TENANTS, type Grant } from './roles.ts'
import { beginSession, endOtherSessions, findSession, type NewSession, type SessionTimes } from './sessions.ts'
import { checkStillValid } from './still-valid.ts'
import { HOST } from './tables.ts'
import { findToken } from './tokens.ts'

export interface AccountsOptions {
  readonly db: Kysely<Tables>
  /** Bearer token of the settings. */
  readonly adminToken: string | undefined
  readonly times: SessionTimes
  readonly audit: Pick<Audit, 'append'>
  readonly now?: () => number
}

/** Who calls, and how they come to be known. */
export interface Accounts {
  /** By bearer token, else by session cookie. Undefined: neither, or one that is not or no longer right. */
  identify(request: FastifyRequest): Promise<Identified | undefined>
  /** @throws ConsoleError `MR_CONSOLE_LOGIN` for a wrong name, a wrong password or a disabled user alike; `MR_CONSOLE_TOO_MANY`, `MR_CONSOLE_BUSY` */
  logIn(name: string, password: string): Promise<NewSession>
  /** @throws ConsoleError `MR_CONSOLE_LOGIN` */
  logInByCode(code: string): Promise<NewSession>
  /**
   * Sets a user's own password and ends their other sessions.
   * @param current needed when there is one and the session was not begun by a one-time code
   * @throws ConsoleError `MR_CONSOLE_INVALID` when `current` is not right, `MR_CONSOLE_TOO_MANY`, `MR_CONSOLE_BUSY`
   */
  setPassword(user: Actor, session: Session, password: string, current: string | undefined): Promise<void>
}

const adminGrants: readonly Grant[] = [{ tenant: ALL_TENANTS, role: 'admin' }]
const hostActor = createActor({
  id: HOST,
  name: 'CONSOLE_ADMIN_TOKEN',
  kind: 'token',
  personId: HOST,
  tokenId: HOST,
  grants: adminGrants,
})

export function createAccounts({ db, adminToken, times, audit, now = Date.now }: AccountsOptions): Accounts {
  const passwords = createPasswords()
  // Tokens that the settings' token made go with it.
  const hostGrants = adminToken === undefined ? [] : adminGrants

  const identifyToken = async (secret: string): Promise<Identified | undefined> => {
    if (adminToken !== undefined && equalTexts(secret, adminToken)) return { actor: hostActor, session: undefined }
    const actor = await findToken(db, secret, hostGrants, now())
    return actor && { actor, session: undefined }
  }

  /** A login that the audit cannot tell of does not happen, and uses up no code. */
  const begin = async (trx: Transaction<Tables>, userId: string, byCode: boolean): Promise<NewSession> => {
    const begun = await beginSession(trx, userId, { times, byCode }, now())
    const { actor } = begun
    await audit.append({ actor, tenant: '', action: 'user.login', subject: actor.id, outcome: 'done' }, trx)
    return begun
  }

  return {
    async identify(request) {
      const { authorization } = request.headers
      if (authorization !== undefined) {
        const secret = bearerOf(authorization)
        return secret === undefined ? undefined : identifyToken(secret)
      }
      const cookie = sessionCookieOf(request)
      return cookie === undefined ? undefined : findSession(db, cookie, times, now())
    },
    async logIn(name, password) {
      await countTry(db, name, now())
      const found = await db
        .selectFrom('users')
        .select(['id', 'password', 'is_disabled'])
        .where('name', '=', name)
        .executeTakeFirst()
      const isRight = await passwords.verify(password, found?.password ?? null)
      if (found === undefined || !isRight || found.is_disabled) throw new ConsoleError('MR_CONSOLE_LOGIN')
      return db.transaction().execute(async (trx) => {
        await checkPasswordStays(trx, found)
        await forgetTries(trx, name)
        return begin(trx, found.id, false)
      })
    },
    logInByCode: (code) =>
      db.transaction().execute(async (trx) => {
        const userId = await redeemCode(trx, code, now())
        const user = await trx
          .selectFrom('users')
          .select('is_disabled')
          .where('id', '=', userId ?? '')
          .executeTakeFirst()
        if (userId === undefined || user?.is_disabled !== false) throw new ConsoleError('MR_CONSOLE_LOGIN')
        return begin(trx, userId, true)
      }),
    async setPassword(actor, session, password, current) {
      const userId = actor.id
      const user = await db
        .selectFrom('users')
        .select(['name', 'password'])
        .where('id', '=', userId)
        .executeTakeFirstOrThrow()
      if (user.password !== null && !session.isByCode) {
        await countTry(db, user.name, now())
        if (!(await passwords.verify(current ?? '', user.password))) throw notTheCurrent()
        await forgetTries(db, user.name)
      }
      const kept = await passwords.hash(password)
      await db.transaction().execute(async (trx) => {
        await trx.updateTable('users').set({ password: kept }).where('id', '=', userId).execute()
        await checkStillValid(trx, actor)
        await trx.updateTable('sessions').set({ is_by_code: false }).where('hash', '=', session.hash).execute()
        await endOtherSessions(trx, userId, session.hash)
        await audit.append({ actor, tenant: '', action: 'user.password', subject: userId, outcome: 'done' }, trx)
      })
    },
  }
}

/** Judging a password takes a while, in which a vouch may have ended it. */
async function checkPasswordStays(
  trx: Transaction<Tables>,
  { id, password }: { readonly id: string; readonly password: string | null },
): Promise<void> {
  const now = await trx.selectFrom('users').select('password').where('id', '=', id).forUpdate().executeTakeFirst()
  if (now?.password !== password) throw new ConsoleError('MR_CONSOLE_LOGIN')
}

function notTheCurrent(): ConsoleError {
  return new ConsoleError('MR_CONSOLE_INVALID', {
    detail: 'The current password is not right.',
    problems: [{ pointer: '/current', detail: 'must be the password that is set now' }],
  })
}

function bearerOf(authorization: string): string | undefined {
  return /^Bearer +(\S{1,512})$/i.exec(authorization)?.[1]
}

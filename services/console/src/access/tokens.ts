import { uuidv7 } from '@millrace/domain'
import type { Transaction } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import { type Actor, createActor } from './actor.ts'
import { beyond, limitGrants } from './grants.ts'
import type { Grant } from './roles.ts'
import { hashSecret, newSecret } from './secrets.ts'
import { checkStillValid } from './still-valid.ts'
import { HOST } from './tables.ts'
import { type Db, grantsOf } from './users.ts'

/** Lets scanners of code and logs see what leaked. */
const PREFIX = 'mrc_'
/** How exactly the last use of a token is known. */
const SEEN_EVERY_MS = 60_000
const MAX_TOKENS = 100

export interface Token {
  readonly id: string
  readonly name: string
  /** Whose it is. */
  readonly userId: string
  /** What it was given; it may do less where its user may do less. */
  readonly grants: readonly Grant[]
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
}

export interface NewToken {
  readonly name: string
  readonly grants: readonly Grant[]
  readonly expiresAt: number | null
}

/**
 * Makes a token of the actor's person. The secret is told once; its hash is kept.
 * @throws ConsoleError `MR_CONSOLE_FORBIDDEN` for rights that the actor has not, `MR_CONSOLE_CONFLICT` beyond 100 tokens
 */
export async function addToken(
  db: Transaction<Tables>,
  actor: Actor,
  token: NewToken,
  now: number,
): Promise<{ token: Token; secret: string }> {
  if (beyond(token.grants, actor.grants).length > 0)
    throw new ConsoleError('MR_CONSOLE_FORBIDDEN', { detail: 'A token may do no more than whoever makes it.' })
  await checkStillValid(db, actor)
  const own = await listTokens(db, { userId: actor.personId, limit: MAX_TOKENS })
  if (own.length >= MAX_TOKENS)
    throw new ConsoleError('MR_CONSOLE_CONFLICT', {
      detail: `There are ${MAX_TOKENS} tokens; revoke one that is not used.`,
    })
  const secret = newSecret(PREFIX)
  const id = uuidv7()
  const { name, grants, expiresAt } = token
  await db
    .insertInto('tokens')
    .values({
      id,
      hash: hashSecret(secret),
      name,
      user_id: actor.personId,
      created_at: now,
      created_by: actor.id,
      expires_at: expiresAt,
      last_used_at: null,
    })
    .execute()
  await db
    .insertInto('token_roles')
    .values(grants.map((grant) => ({ ...grant, token_id: id })))
    .execute()
  return { token: { id, name, userId: actor.personId, grants, createdAt: now, expiresAt, lastUsedAt: null }, secret }
}

export interface TokenList {
  /** Only of this user. */
  readonly userId?: string | undefined
  readonly limit: number
  /** Id of the last one seen. */
  readonly after?: string | undefined
}

/** Tokens, oldest first. */
export async function listTokens(db: Db, { userId, limit, after = '' }: TokenList): Promise<Token[]> {
  let query = db.selectFrom('tokens').selectAll().where('id', '>', after).orderBy('id').limit(limit)
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  const rows = await query.execute()
  const ids = rows.map(({ id }) => id)
  const roles =
    ids.length === 0 ? [] : await db.selectFrom('token_roles').selectAll().where('token_id', 'in', ids).execute()
  const byToken = Map.groupBy(roles, ({ token_id }) => token_id)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    userId: row.user_id,
    grants: (byToken.get(row.id) ?? []).map(({ tenant, role }) => ({ tenant, role })),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  }))
}

/**
 * Ends a token at once.
 * @param userId only if it is this user's
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND`
 */
export async function removeToken(db: Db, id: string, userId?: string): Promise<string> {
  let query = db.deleteFrom('tokens').where('id', '=', id)
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  const gone = await query.returning('name').executeTakeFirst()
  if (gone === undefined) throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
  return gone.name
}

/** Who a bearer token stands for; undefined when it is unknown or expired, or its user is disabled. */
export async function findToken(
  db: Db,
  secret: string,
  hostGrants: readonly Grant[],
  now: number,
): Promise<Actor | undefined> {
  if (!secret.startsWith(PREFIX)) return undefined
  const found = await db
    .selectFrom('tokens')
    .leftJoin('users', 'users.id', 'tokens.user_id')
    .select(['tokens.id', 'tokens.name', 'tokens.user_id', 'tokens.last_used_at', 'users.is_disabled'])
    .where('tokens.hash', '=', hashSecret(secret))
    .where((e) => e.or([e('tokens.expires_at', 'is', null), e('tokens.expires_at', '>', now)]))
    .executeTakeFirst()
  if (found === undefined || (found.user_id !== HOST && found.is_disabled !== false)) return undefined
  if (now - (found.last_used_at ?? 0) > SEEN_EVERY_MS)
    await db.updateTable('tokens').set({ last_used_at: now }).where('id', '=', found.id).execute()
  const given = await db.selectFrom('token_roles').select(['tenant', 'role']).where('token_id', '=', found.id).execute()
  const owner = found.user_id === HOST ? hostGrants : await grantsOf(db, found.user_id)
  return createActor({
    id: found.id,
    name: found.name,
    kind: 'token',
    personId: found.user_id,
    tokenId: found.id,
    grants: limitGrants(given, owner),
  })
}

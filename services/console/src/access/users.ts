import { uuidv7 } from '@millrace/domain'
import type { Kysely, Transaction } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import { ALL_TENANTS, type Grant } from './roles.ts'
import type { UserRow } from './tables.ts'

/** The database, or the transaction that the change belongs to. */
export type Db = Kysely<Tables> | Transaction<Tables>

/** A user as others see them. */
export interface User {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly grants: readonly Grant[]
  readonly createdAt: number
  readonly createdBy: string
  readonly lastLoginAt: number | null
  readonly hasPassword: boolean
  readonly isDisabled: boolean
}

export interface NewUser {
  readonly name: string
  readonly email: string | null
  readonly grants: readonly Grant[]
}

/** Users in the order of their names, after a name. */
export async function listUsers(
  db: Db,
  { limit, after = '' }: { limit: number; after?: string | undefined },
): Promise<User[]> {
  const rows = await db.selectFrom('users').selectAll().where('name', '>', after).orderBy('name').limit(limit).execute()
  return withGrants(db, rows)
}

/** @throws ConsoleError `MR_CONSOLE_NOT_FOUND` */
export async function readUser(db: Db, id: string): Promise<User> {
  const rows = await db.selectFrom('users').selectAll().where('id', '=', id).execute()
  const [user] = await withGrants(db, rows)
  if (user === undefined) throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
  return user
}

/**
 * Adds a user who cannot log in yet: they set their password by a one-time link.
 * @param by id of who makes the account
 * @throws ConsoleError `MR_CONSOLE_CONFLICT` when the name is taken
 */
export async function addUser(db: Db, { name, email, grants }: NewUser, by: string, now: number): Promise<User> {
  const id = uuidv7()
  const added = await db
    .insertInto('users')
    .values({
      id,
      name,
      email,
      password: null,
      created_at: now,
      created_by: by,
      credentials_by: by,
      credentials_at: now,
      last_login_at: null,
      is_disabled: false,
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (added === undefined) throw new ConsoleError('MR_CONSOLE_CONFLICT', { detail: 'The name is taken.' })
  await setGrants(db, id, grants, by, now)
  return readUser(db, id)
}

/** Makes these the user's grants. One that stays as it was keeps who gave it, and when. */
export async function setGrants(
  db: Db,
  userId: string,
  grants: readonly Grant[],
  by: string,
  now: number,
): Promise<void> {
  const tenants = grants.map(({ tenant }) => tenant)
  let gone = db.deleteFrom('user_roles').where('user_id', '=', userId)
  if (tenants.length > 0) gone = gone.where('tenant', 'not in', tenants)
  await gone.execute()
  if (grants.length === 0) return
  await db
    .insertInto('user_roles')
    .values(grants.map((grant) => ({ ...grant, user_id: userId, granted_at: now, granted_by: by })))
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'tenant'])
        .doUpdateSet({
          role: ({ ref }) => ref('excluded.role'),
          granted_at: ({ ref }) => ref('excluded.granted_at'),
          granted_by: ({ ref }) => ref('excluded.granted_by'),
        })
        .whereRef('user_roles.role', '<>', 'excluded.role'),
    )
    .execute()
}

/** Lets a user in again, or keeps them out and ends their sessions. */
export async function setDisabled(db: Db, userId: string, isDisabled: boolean): Promise<void> {
  await db.updateTable('users').set({ is_disabled: isDisabled }).where('id', '=', userId).execute()
  if (isDisabled) await db.deleteFrom('sessions').where('user_id', '=', userId).execute()
}

/** Whether somebody can log in as administrator of everything. */
export async function hasAdmin(db: Db): Promise<boolean> {
  const found = await db
    .selectFrom('users')
    .innerJoin('user_roles', 'user_roles.user_id', 'users.id')
    .select('users.id')
    .where('user_roles.tenant', '=', ALL_TENANTS)
    .where('user_roles.role', '=', 'admin')
    .where('users.is_disabled', '=', false)
    .where('users.password', 'is not', null)
    .executeTakeFirst()
  return found !== undefined
}

/** What a user may do where. */
export async function grantsOf(db: Db, userId: string): Promise<Grant[]> {
  return db
    .selectFrom('user_roles')
    .select(['tenant', 'role'])
    .where('user_id', '=', userId)
    .orderBy('tenant')
    .execute()
}

async function withGrants(db: Db, rows: readonly UserRow[]): Promise<User[]> {
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return []
  const grants = await db
    .selectFrom('user_roles')
    .select(['user_id', 'tenant', 'role'])
    .where('user_id', 'in', ids)
    .orderBy('tenant')
    .execute()
  const byUser = Map.groupBy(grants, ({ user_id }) => user_id)
  return rows.map((row) =>
    userOf(
      row,
      (byUser.get(row.id) ?? []).map(({ tenant, role }) => ({ tenant, role })),
    ),
  )
}

function userOf(row: UserRow, grants: readonly Grant[]): User {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    grants,
    createdAt: row.created_at,
    createdBy: row.created_by,
    lastLoginAt: row.last_login_at,
    hasPassword: row.password !== null,
    isDisabled: row.is_disabled,
  }
}

import type { Deps } from '../deps.ts'
import { ConsoleError } from '../errors.ts'
import type { Actor } from './actor.ts'
import { type Grant, rolesText } from './roles.ts'
import { hasAdmin, readUser, setDisabled, setGrants, type User } from './users.ts'

export interface UserChange {
  readonly email: string | null | undefined
  readonly grants: readonly Grant[] | undefined
  readonly isDisabled: boolean | undefined
}

/**
 * Changes what is given of a user, and notes it in the audit.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND`, `MR_CONSOLE_CONFLICT` when nobody would be left who may do everything
 */
export async function changeUser(
  { db, audit }: Pick<Deps, 'db' | 'audit'>,
  actor: Actor,
  userId: string,
  { email, grants, isDisabled }: UserChange,
): Promise<User> {
  return db.transaction().execute(async (trx) => {
    await readUser(trx, userId)
    const had = await hasAdmin(trx)
    if (email !== undefined) await trx.updateTable('users').set({ email }).where('id', '=', userId).execute()
    if (grants !== undefined) await setGrants(trx, userId, grants, actor.personId, Date.now())
    if (isDisabled !== undefined) await setDisabled(trx, userId, isDisabled)
    if (had && !(await hasAdmin(trx))) {
      const detail = 'Nobody would be left who may administer everything.'
      throw new ConsoleError('MR_CONSOLE_CONFLICT', { detail })
    }
    const user = await readUser(trx, userId)
    const detail = { name: user.name, roles: rolesText(user.grants), is_disabled: user.isDisabled }
    await audit.append({ actor, tenant: '', action: 'user.change', subject: userId, outcome: 'done', detail }, trx)
    return user
  })
}

import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { ConsoleError } from '../errors.ts'
import type { Db } from './users.ts'

const MAX_FAILURES = 10
const WINDOW_MS = 900_000

/**
 * Counts a try to log in by a name before it is judged, so that tries at the same time cannot outrun the count, which all consoles share.
 * @throws ConsoleError `MR_CONSOLE_TOO_MANY` after ten within 15 minutes; a one-time link still lets the user in
 */
export async function countTry(db: Db, name: string, now: number): Promise<void> {
  const since = now - WINDOW_MS
  await db.deleteFrom('login_failures').where('first_at', '<=', since).execute()
  const { failures, first_at } = await db
    .insertInto('login_failures')
    .values({ name_hash: hashOf(name), failures: 1, first_at: now })
    .onConflict((conflict) => conflict.column('name_hash').doUpdateSet({ failures: sql`login_failures.failures + 1` }))
    .returning(['failures', 'first_at'])
    .executeTakeFirstOrThrow()
  if (failures <= MAX_FAILURES) return
  const retryAfterSeconds = Math.max(1, Math.ceil((first_at + WINDOW_MS - now) / 1_000))
  const detail = 'Too many failed logins with this name. A one-time link from an administrator still works.'
  throw new ConsoleError('MR_CONSOLE_TOO_MANY', { detail, retryAfterSeconds })
}

/** Forgets the tries of a name that has logged in. */
export async function forgetTries(db: Db, name: string): Promise<void> {
  await db.deleteFrom('login_failures').where('name_hash', '=', hashOf(name)).execute()
}

/** People type passwords into the wrong field: the name is not kept as it was given. */
function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url')
}

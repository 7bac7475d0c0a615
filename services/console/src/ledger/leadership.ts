import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from '../db/connect.ts'

/** Any number that no other user of the database takes: "millrace" in ASCII, its last seven letters. */
const LOCK = 29_673_843_531_596_645n
const ASK_EVERY_MS = 2_000
const LOOK_EVERY_MS = 5_000

/**
 * Runs `lead` in one process of all that share the database, as long as this one's session holds the lock; the others wait here.
 * Positions are compared when they are written, so that a session which was lost unnoticed does no harm.
 */
export async function whileLeading(
  { db, kind }: Database,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  // An embedded database is this process's alone, and its one connection must stay free.
  if (kind === 'pglite') return await lead(signal)
  await db.connection().execute(async (session) => {
    const take = async () => {
      const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_lock(${String(LOCK)}::bigint) as got`.execute(
        session,
      )
      return rows[0]?.got === true
    }
    while (!(await take())) {
      await sleep(ASK_EVERY_MS, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
    }
    const lost = new AbortController()
    const watching = watch(async () => void (await sql`select 1`.execute(session)), lost, signal)
    try {
      await lead(AbortSignal.any([signal, lost.signal]))
    } finally {
      lost.abort()
      await watching
      await sql`select pg_advisory_unlock(${String(LOCK)}::bigint)`.execute(session).catch(() => {})
    }
  })
}

/** Aborts when the session does not answer any more: its lock is another's then. */
async function watch(look: () => Promise<void>, lost: AbortController, signal: AbortSignal): Promise<void> {
  const ended = AbortSignal.any([signal, lost.signal])
  while (!ended.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: ended }).catch(() => {})
    if (ended.aborted) return
    await look().catch(() => lost.abort())
  }
}

import { type Kysely, sql } from 'kysely'
import type { RestingTexts } from './resting.ts'
import type { Tables } from './tables.ts'

const AT_ONCE = 200

/**
 * Seals what rests as it is, from before encryption was on, and anew what another master key sealed, so that that one can be taken out. What does not open
 * is left. @returns how many rows were sealed
 */
export async function sealResting(db: Kysely<Tables>, resting: RestingTexts, signal: AbortSignal): Promise<number> {
  if (resting.prefix === undefined) return 0
  // As it rests, not opened.
  const asStored = db.withoutPlugins()
  const approvals = await sealApprovals(asStored, resting, signal)
  return approvals + (await sealJobs(asStored, resting, signal)) + (await sealEntries(asStored, resting, signal))
}

async function sealApprovals(db: Kysely<Tables>, { anew }: RestingTexts, signal: AbortSignal): Promise<number> {
  const columns = ['params_json', 'reason', 'decision_reason', 'result_json', 'error'] as const
  let count = 0
  for (let after = ''; ; ) {
    signal.throwIfAborted()
    const last = await db.transaction().execute(async (trx) => {
      const rows = await trx
        .selectFrom('approvals')
        .select(['id', ...columns])
        .where('id', '>', after)
        .orderBy('id')
        .limit(AT_ONCE)
        .forUpdate()
        .execute()
      for (const { id, ...texts } of rows) {
        const changes = changed(texts, anew)
        if (changes === undefined) continue
        await trx.updateTable('approvals').set(changes).where('id', '=', id).execute()
        count += 1
      }
      return rows.at(-1)?.id
    })
    if (last === undefined) return count
    after = last
  }
}

/** Reasons were written in the requests too. */
async function sealJobs(db: Kysely<Tables>, { anew }: RestingTexts, signal: AbortSignal): Promise<number> {
  let count = 0
  for (let after = ''; ; ) {
    signal.throwIfAborted()
    const last = await db.transaction().execute(async (trx) => {
      const rows = await trx
        .selectFrom('replay_jobs')
        .select(['id', 'reason', 'error', sql<boolean>`request ? 'reason'`.as('names_reason')])
        .where('id', '>', after)
        .orderBy('id')
        .limit(AT_ONCE)
        .forUpdate()
        .execute()
      for (const { id, names_reason, ...texts } of rows) {
        const changes = changed(texts, anew)
        if (changes === undefined && !names_reason) continue
        await trx
          .updateTable('replay_jobs')
          .set({ ...changes, request: sql`request - 'reason'` })
          .where('id', '=', id)
          .execute()
        count += 1
      }
      return rows.at(-1)?.id
    })
    if (last === undefined) return count
    after = last
  }
}

async function sealEntries(db: Kysely<Tables>, resting: RestingTexts, signal: AbortSignal): Promise<number> {
  let count = 0
  for (let after = 0; ; ) {
    signal.throwIfAborted()
    const last = await db.transaction().execute(async (trx) => {
      const rows = await trx
        .selectFrom('audit_entries')
        .select(['sequence', 'reason', 'detail_json'])
        .where('sequence', '>', after)
        .orderBy('sequence')
        .limit(AT_ONCE)
        .forUpdate()
        .execute()
      for (const { sequence, reason, detail_json } of rows) {
        const changes = { ...changed({ reason }, resting.anew), ...changed({ detail_json }, resting.anewJson) }
        if (Object.keys(changes).length === 0) continue
        await trx.updateTable('audit_entries').set(changes).where('sequence', '=', sequence).execute()
        count += 1
      }
      return rows.at(-1)?.sequence
    })
    if (last === undefined) return count
    after = last
  }
}

/** Those that are to rest otherwise than they do. */
function changed<T extends Readonly<Record<string, string | null>>>(
  texts: T,
  anew: (text: string) => string,
): Partial<T> | undefined {
  const changes = Object.entries(texts).flatMap(([name, text]) => {
    const next = text === null ? null : anew(text)
    return next === text ? [] : [[name, next] as const]
  })
  return changes.length === 0 ? undefined : (Object.fromEntries(changes) as Partial<T>)
}

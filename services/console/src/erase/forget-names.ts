import { type Kysely, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { ERASED_PARAMS } from './rows.ts'

/** Of an erasure that has ended, however: nothing of what was asked for names whom it was about, not even sealed. The approval keeps the hash of its text. */
export async function forgetNames(db: Kysely<Tables>, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.updateTable('erasures').set({ sealed_subject: null }).where('id', '=', id).execute()
    await sql`update replay_jobs set request = request - 'sealed_subject' where id = ${id} and kind = 'erasure'`.execute(
      trx,
    )
    await trx
      .updateTable('approvals')
      .set({ params_json: ERASED_PARAMS })
      .where('kind', '=', 'erasure')
      .where('subject', '=', `erasure/${id}`)
      .where('status', 'not in', ['pending', 'approved', 'executing'])
      .execute()
  })
}

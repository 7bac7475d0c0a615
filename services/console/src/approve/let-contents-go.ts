import { type Kysely, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'

/** So long after a request's end it is shown what was asked for and what came of it. */
export const CONTENTS_KEPT_MS = 7 * 86_400_000
const AT_ONCE = 100

/**
 * Lets go of what requests were about that ended a while ago, and of what came of them: texts and graphs, which an erasure of an address or a conversation
 * could not find in them. That there was a request stays, with its hash, who asked and decided, and why.
 */
export async function letContentsGo(db: Kysely<Tables>, now: number): Promise<void> {
  await sql`update approvals set params_json = '', result_json = null where id in (
    select id from approvals where status not in ('pending', 'approved', 'executing')
      and coalesce(executed_at, decided_at, expires_at) < ${now - CONTENTS_KEPT_MS}
      and (params_json <> '' or result_json is not null) limit ${AT_ONCE})`.execute(db)
}

import { type Kysely, type SqlBool, sql } from 'kysely'
import type { z } from 'zod'
import type { NoticesTable } from '../db/finding-tables.ts'
import type { Tables } from '../db/tables.ts'
import { pageFrom, readCursor, timePlace } from './cursor.ts'
import type { noticeRow, noticesQuery } from './schemas/operations.ts'

/**
 * Warnings and news for operators, newest first.
 * @throws ConsoleError `MR_CONSOLE_INVALID` for a cursor that is none
 */
export async function findNotices(db: Kysely<Tables>, tenant: string, query: z.infer<typeof noticesQuery>) {
  const { severity, kind, since, limit } = query
  const after = readCursor(query.cursor, timePlace)
  const rows = await db
    .selectFrom('notices')
    .selectAll()
    .where('tenant', '=', tenant)
    .where((eb) =>
      eb.and([
        ...(severity === undefined ? [] : [eb('severity', '=', severity)]),
        ...(kind === undefined ? [] : [eb('kind', '=', kind)]),
        ...(since === undefined ? [] : [eb('at', '>=', since)]),
        ...(after === undefined ? [] : [sql<SqlBool>`(at, notice_id) < (${after[0]}, ${after[1]})`]),
      ]),
    )
    .orderBy('at', 'desc')
    .orderBy('notice_id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, limit, (row) => [row.at, row.notice_id], noticeOf)
}

export function noticeOf({ tenant: _, ...notice }: NoticesTable): z.infer<typeof noticeRow> {
  return notice
}

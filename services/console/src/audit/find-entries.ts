import type { ChainReport } from '@millrace/operations'
import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Actor } from '../access/actor.ts'
import { ALL_TENANTS, isAtLeast } from '../access/roles.ts'
import type { Tables } from '../db/tables.ts'
import { pageFrom, readCursor } from '../read/cursor.ts'
import type { auditEntrySchema, auditPage, auditQuery, auditVerdict } from './schemas.ts'
import type { AuditRow } from './tables.ts'

const place = z.tuple([z.number()])

/** What was done in a tenant, newest first; an administrator of all tenants also sees what concerns the whole installation. */
export async function listEntries(
  db: Kysely<Tables>,
  { tenant, actor }: { readonly tenant: string; readonly actor: Actor },
  given: z.output<typeof auditQuery>,
): Promise<z.infer<typeof auditPage>> {
  const { limit } = given
  const isEverywhere = isAtLeast(actor.roleIn(ALL_TENANTS), 'admin')
  const from = readCursor(given.cursor, place)
  let query = db
    .selectFrom('audit_entries')
    .selectAll()
    .where('tenant', 'in', isEverywhere ? [tenant, ''] : [tenant])
    .orderBy('sequence', 'desc')
    .limit(limit + 1)
  const { actor: who, action, subject, approval } = given
  if (who) query = query.where(({ or, eb }) => or([eb('actor_id', '=', who), eb('actor_name', 'ilike', part(who))]))
  if (action) query = query.where('action', 'like', `${escaped(action)}%`)
  if (subject) query = query.where('subject', 'like', part(subject))
  if (approval) query = query.where('approval_id', '=', approval)
  if (from !== undefined) query = query.where('sequence', '<', from[0])
  const rows = await query.execute()
  const open = await openAmong(db, rows)
  return pageFrom(
    rows,
    limit,
    ({ sequence }) => [sequence],
    (row) => entryOf(row, open.has(row.sequence)),
  )
}

/** Of what was begun, the numbers of that whose end is not there. */
async function openAmong(db: Kysely<Tables>, rows: readonly AuditRow[]): Promise<ReadonlySet<number>> {
  const begun = rows.filter(({ outcome }) => outcome === 'begun').map(({ sequence }) => sequence)
  if (begun.length === 0) return new Set()
  const named = sql<string>`detail_json::jsonb ->> 'begun'`
  const ends = await db
    .selectFrom('audit_entries')
    .select(named.as('begun'))
    .where('outcome', 'in', ['done', 'failed'])
    .where(named, 'in', begun.map(String))
    .execute()
  const ended = new Set(ends.map((end) => Number(end.begun)))
  return new Set(begun.filter((sequence) => !ended.has(sequence)))
}

function entryOf(row: AuditRow, isOpen: boolean): z.infer<typeof auditEntrySchema> {
  const { previous_hash: _, mac: __, detail_json, topic_offset, ...open } = row
  return { ...open, detail: JSON.parse(detail_json), is_open: isOpen, is_written: topic_offset !== null }
}

const escaped = (text: string) => text.replaceAll(/[\\%_]/g, '\\$&')
const part = (text: string) => `%${escaped(text)}%`

/** A report in the API's words. */
export function verdictOf(report: ChainReport): z.infer<typeof auditVerdict> {
  const { state, entries, repeated, first_sequence, head, problems, problem_count } = report
  const [first] = problems
  const where = first?.sequence == null ? '' : `entry ${first.sequence}: `
  const problem = first === undefined ? null : `${where}${first.detail}`
  return {
    is_intact: state !== 'broken',
    entries,
    repeated,
    first_sequence,
    head: { sequence: head.sequence, hash: head.hash },
    problem,
    problems: [...problems],
    problem_count,
  }
}

import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { Actor } from '../access/actor.ts'
import type { Tables } from '../db/tables.ts'
import type { Reveal } from '../erase/reveal.ts'
import { ConsoleError } from '../errors.ts'
import { pageFrom, readCursor, timePlace } from '../read/cursor.ts'
import type { ApprovalPolicy } from './kinds.ts'
import { readAccounts } from './persons.ts'
import type { ApprovalView, approvalPage, approvalsQuery } from './schemas.ts'
import { viewOf } from './show.ts'
import type { ApprovalRow } from './tables.ts'

interface Looking {
  readonly db: Kysely<Tables>
  readonly policy: ApprovalPolicy
  readonly reveal: Reveal
  readonly tenant: string
  readonly actor: Actor
}

/** Requests, newest first. */
export async function listApprovals(
  { db, policy, reveal, tenant, actor }: Looking,
  { status, kind, limit, cursor }: z.output<typeof approvalsQuery>,
): Promise<z.infer<typeof approvalPage>> {
  const place = readCursor(cursor, timePlace)
  let query = db
    .selectFrom('approvals')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('requested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (status) query = query.where('status', '=', status)
  if (kind) query = query.where('kind', '=', kind)
  if (place !== undefined)
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('requested_at', 'id'), '<', tuple(place[0], place[1])))
  const rows = await query.execute()
  const looker = { actor, policy, reveal, accounts: await readAccounts(db), now: Date.now() }
  return pageFrom(
    rows,
    limit,
    ({ requested_at, id }) => [requested_at, id],
    (row) => viewOf(row, looker, false),
  )
}

/** One request with everything. @throws ConsoleError `MR_CONSOLE_NOT_FOUND` */
export async function getApproval({ db, tenant, ...looking }: Looking, id: string): Promise<ApprovalView> {
  const row = await db
    .selectFrom('approvals')
    .selectAll()
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .executeTakeFirst()
  if (row === undefined) throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
  return await showApproval({ db, tenant, ...looking }, row)
}

/** The answer of an action that waits for a second person now. */
export async function showWaiting(
  {
    db,
    approvals: { policy, reveal },
  }: { readonly db: Kysely<Tables>; readonly approvals: Pick<Looking, 'policy' | 'reveal'> },
  { tenant, actor }: Pick<Looking, 'tenant' | 'actor'>,
  approval: ApprovalRow,
): Promise<{ approval: ApprovalView }> {
  return { approval: await showApproval({ db, policy, reveal, tenant, actor }, approval) }
}

/** A row as the caller sees it. */
export async function showApproval({ db, policy, reveal, actor }: Looking, row: ApprovalRow): Promise<ApprovalView> {
  return viewOf(row, { actor, policy, reveal, accounts: await readAccounts(db), now: Date.now() }, true)
}

import type { Log } from '@millrace/kafka'
import { type Kysely, sql, type UpdateQueryBuilder } from 'kysely'
import { type Audit, consoleActor } from '../audit/audit.ts'
import type { RestingTexts } from '../db/resting.ts'
import type { Tables } from '../db/tables.ts'
import type { ApprovalKind } from './kinds.ts'
import { sha256 } from './require.ts'
import type { ApprovalRow } from './tables.ts'

/** What an executor gets. */
export interface Approved {
  readonly approval: ApprovalRow
  /** As it was asked for and approved; nothing else may decide what is done. */
  readonly params: unknown
}

/**
 * Does what was approved. It may be called again for the same approval after a crash or a lost answer, so what it does twice must be as if done once
 * (ids made of the approval's). What it returns is kept as the approval's result.
 */
export type Executor = (approved: Approved) => Promise<unknown>

interface ExecuteParts {
  readonly db: Kysely<Tables>
  readonly audit: Audit
  readonly log: Log
  readonly executors: ReadonlyMap<ApprovalKind, Executor>
  readonly resting: RestingTexts
}

/** After it another process takes over; renewed while an execution goes on. */
const LEASE_MS = 15_000
/** What keeps failing is given up; the approval says why. */
const TRIED_FOR_MS = 10 * 60_000

/** Executes one approved request if no other process does. @returns the row afterwards; undefined when it was not ours to execute */
export async function execute(parts: ExecuteParts, id: string): Promise<ApprovalRow | undefined> {
  const { db, executors } = parts
  const now = Date.now()
  const row = await db
    .updateTable('approvals')
    .set({ status: 'executing', executing_until: now + LEASE_MS })
    .where('id', '=', id)
    .where(({ or, and, eb }) =>
      or([eb('status', '=', 'approved'), and([eb('status', '=', 'executing'), eb('executing_until', '<', now)])]),
    )
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) return undefined
  const executor = executors.get(row.kind)
  const lease = renewing(db, row)
  const end = async (changes: Ended) => await finish(parts, { id, executing_until: await lease.stop() }, changes)
  try {
    if (executor === undefined) throw new Error(`nothing executes ${row.kind}`)
    if (sha256(row.params_json) !== row.params_sha256 || !(await wasApproved(db, row)))
      throw new Error('what is stored is not what was approved')
    const result = await perform(parts, row, executor)
    return await end({ status: 'done', result_json: JSON.stringify(result ?? null), error: null })
  } catch (error) {
    const isGivenUp = !isRetryable(error) || now - (row.decided_at ?? 0) > TRIED_FOR_MS
    const text = (error as Error).message
    if (isGivenUp) return await end({ status: 'failed', result_json: null, error: text })
    parts.log.warn({ error, approval: id }, 'an approved action will be tried again')
    return await end({ status: 'approved', result_json: null, error: text })
  }
}

type Lease = Pick<ApprovalRow, 'id' | 'executing_until'>
type Ended = Pick<ApprovalRow, 'status' | 'result_json' | 'error'>

/** @returns what ends the renewing, and tells until when the lease is held then */
function renewing(db: Kysely<Tables>, { id, executing_until }: Lease) {
  let until = executing_until
  let renewed = Promise.resolve()
  const renew = async () => {
    const next = Date.now() + LEASE_MS
    const { numUpdatedRows } = await held(db.updateTable('approvals').set({ executing_until: next }), {
      id,
      executing_until: until,
    }).executeTakeFirst()
    if (numUpdatedRows > 0n) until = next
  }
  const timer = setInterval(() => {
    // A database that is away ends the lease.
    renewed = renewed.then(renew).catch(() => {})
  }, LEASE_MS / 4)
  return {
    async stop() {
      clearInterval(timer)
      await renewed
      return until
    },
  }
}

/** Only while the lease is this one: a process that was stopped for longer than that must not undo what another has done since. */
function held<O>(query: UpdateQueryBuilder<Tables, 'approvals', 'approvals', O>, { id, executing_until }: Lease) {
  return query.where('id', '=', id).where('status', '=', 'executing').where('executing_until', '=', executing_until)
}

async function perform({ audit }: ExecuteParts, row: ApprovalRow, executor: Executor): Promise<unknown> {
  const detail = { kind: row.kind, params_sha256: row.params_sha256 }
  const entry = {
    actor: consoleActor,
    tenant: row.tenant,
    action: 'approval.execute',
    subject: row.subject,
    approval_id: row.id,
  }
  return await audit.during({ ...entry, detail }, () =>
    executor({ approval: row, params: JSON.parse(row.params_json) }),
  )
}

/** A row alone is no approval: the chain must hold a request and an approval of exactly this. */
async function wasApproved(db: Kysely<Tables>, { id, tenant, params_sha256 }: ApprovalRow): Promise<boolean> {
  const { rows } = await sql<{ action: string }>`
    select action from audit_entries
    where approval_id = ${id} and tenant = ${tenant} and outcome = 'done' and detail_json::jsonb ->> 'params_sha256' = ${params_sha256}
      and action in ('approval.request', 'approval.approve')`.execute(db)
  return new Set(rows.map(({ action }) => action)).size === 2
}

/** @returns undefined where another process has the lease */
async function finish(
  { db, resting: { seal } }: ExecuteParts,
  lease: Lease,
  end: Ended,
): Promise<ApprovalRow | undefined> {
  const executed_at = end.status === 'approved' ? null : Date.now()
  const result_json = end.result_json === null ? null : seal(end.result_json)
  const error = end.error === null ? null : seal(end.error)
  const changes = { ...end, result_json, error, executed_at, executing_until: null }
  return await held(db.updateTable('approvals').set(changes), lease).returningAll().executeTakeFirst()
}

function isRetryable(error: unknown): boolean {
  return (error as { retryable?: unknown }).retryable === true
}

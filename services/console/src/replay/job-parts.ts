import { isDeepStrictEqual } from 'node:util'
import type { Kafka } from '@millrace/kafka'
import type { Logger } from '@millrace/service-kit'
import type { Kysely } from 'kysely'
import type { Actor } from '../access/actor.ts'
import type { Approvals } from '../approve/approvals.ts'
import type { Audit, AuditActor } from '../audit/audit.ts'
import type { RestingTexts } from '../db/resting.ts'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import { type Job, type JobStore, openStates } from './job-store.ts'

/** What replays and redrives work with. */
export interface JobParts {
  readonly db: Kysely<Tables>
  readonly kafka: Kafka
  readonly log: Logger
  readonly audit: Pick<Audit, 'append'>
  readonly approvals: Pick<Approvals, 'wouldNeed' | 'require' | 'onApproved'>
  /** How why a job is done, and what went wrong, rests in the database. */
  readonly resting: RestingTexts
  /** Tells whoever runs jobs that there may be one. */
  readonly wake: () => void
}

type Change = 'create' | 'start' | 'cancel' | 'end'

interface Beginning {
  readonly kind: Job['kind']
  readonly actor: Actor
  readonly id: string
  readonly tenant: string
  readonly request: { readonly reason: string }
  readonly total: number
  /** What who decides is told of how many things it is about; default `total`. */
  readonly told?: number | null
}

/** What an approval is about: all that is done. */
export interface ApprovedJob {
  readonly id: string
  readonly request: unknown
  readonly count: number
}

/** Starts a prepared job, or has it wait for a second person; one of nothing has ended. @throws ConsoleError of the approval */
export async function beginJob(
  { db, approvals, audit, wake }: JobParts,
  store: JobStore,
  { kind, actor, id, tenant, request, total, told = total }: Beginning,
): Promise<Job> {
  const now = Date.now()
  const params: ApprovedJob = { id, request, count: total }
  const job = await db.transaction().execute(async (trx) => {
    if (total === 0)
      return await store.move(id, ['preparing'], { state: 'done', total, started_at: now, ended_at: now }, trx)
    const wanted = { kind, tenant, actor, subject: `${kind}/${id}`, reason: request.reason, count: told, params }
    const answer = await approvals.require(wanted, trx)
    const moved = await store.move(
      id,
      ['preparing'],
      answer.needed
        ? { state: 'waiting-for-approval', total, approval_id: answer.approval.id }
        : { state: 'running', total, started_at: now },
      trx,
    )
    if (moved !== undefined) await audit.append(auditOf(moved, actor, answer.needed ? 'create' : 'start'), trx)
    return moved
  })
  if (job === undefined) throw new ConsoleError('MR_CONSOLE_CONFLICT', { detail: `${id} was cancelled meanwhile` })
  wake()
  return job
}

/**
 * Prepares and begins a job whose row is there; where that fails the job has failed too, by the reason that is told to people.
 * @param otherwise the reason where the error is not made for them
 * @throws what `work` throws
 */
export async function failingWith<T>(
  store: JobStore,
  id: string,
  otherwise: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const text = error instanceof ConsoleError ? error.message : otherwise
    await store.move(id, ['preparing'], { state: 'failed', error: text, ended_at: Date.now() })
    throw error
  }
}

/** Starts what was approved, and nothing else. May be called again for the same approval. @throws ConsoleError `MR_CONSOLE_CONFLICT` */
export async function startApproved(
  store: JobStore,
  kind: Job['kind'],
  {
    approval,
    params,
  }: { readonly approval: { readonly id: string; readonly tenant: string }; readonly params: unknown },
): Promise<ApprovedJob> {
  const asked = params as ApprovedJob
  const job = await store.get(approval.tenant, kind, asked.id)
  const request = { ...(job.request as object), reason: job.reason }
  const isSame = isDeepStrictEqual(request, asked.request) && job.total === asked.count
  if (!isSame || job.approval_id !== approval.id)
    throw new ConsoleError('MR_CONSOLE_CONFLICT', { detail: `${job.id} is not what was approved` })
  if (job.state === 'waiting-for-approval')
    await store.move(job.id, ['waiting-for-approval'], { state: 'running', started_at: Date.now() })
  else if (job.state !== 'running' && job.state !== 'done')
    throw new ConsoleError('MR_CONSOLE_CONFLICT', { detail: `${job.id} is ${job.state}` })
  return asked
}

/** @throws ConsoleError `MR_CONSOLE_CONFLICT` for one that has ended */
export async function cancelJob({ db, audit }: JobParts, store: JobStore, actor: Actor, job: Job): Promise<Job> {
  return await db.transaction().execute(async (trx) => {
    const moved = await store.move(job.id, openStates, { state: 'cancelled', ended_at: Date.now() }, trx)
    if (moved === undefined) throw new ConsoleError('MR_CONSOLE_CONFLICT', { detail: `${job.id} has ended already` })
    await audit.append(auditOf(moved, actor, 'cancel'), trx)
    return moved
  })
}

/** One entry of the audit about a job. */
export function auditOf(
  job: Pick<Job, 'id' | 'tenant' | 'kind' | 'reason' | 'total' | 'done' | 'approval_id'>,
  actor: AuditActor,
  change: Change,
) {
  const { id, tenant, kind, reason, total, approval_id } = job
  return {
    actor,
    tenant,
    action: `${kind}.${change}`,
    subject: `${kind}/${id}`,
    outcome: 'done' as const,
    ...(reason === '' ? {} : { reason }),
    ...(approval_id === null ? {} : { approval_id }),
    detail: { count: change === 'end' ? job.done : total },
  }
}

/** What every job tells of itself. */
export function progressOf(job: Job) {
  const { state, total, done, waits_for, error, rate, reason, requested_by, requested_by_name, approval_id } = job
  const { created_at, started_at, ended_at } = job
  return {
    state,
    total,
    done,
    waits_for: state === 'running' ? waits_for : null,
    error,
    rate,
    reason,
    requested_by,
    requested_by_name,
    approval_id,
    created_at,
    started_at,
    ended_at,
  }
}

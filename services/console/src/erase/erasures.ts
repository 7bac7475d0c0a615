import type { Readable } from 'node:stream'
import { uuidv7 } from '@millrace/domain'
import {
  countRedis,
  type DonePlace,
  dayOf,
  type ErasureScope,
  type ErasureSubject,
  lastExpiry,
  receiptPublicKeys,
  redisKeysOf,
  subjectText,
} from '@millrace/operations'
import { topics } from '@millrace/schemas'
import { seal } from '@millrace/signing'
import { sql } from 'kysely'
import type { z } from 'zod'
import type { Actor } from '../access/actor.ts'
import { ConsoleError } from '../errors.ts'
import { beginJob, cancelJob, failingWith, type JobParts, startApproved } from '../replay/job-parts.ts'
import { createJobStore, type Job } from '../replay/job-store.ts'
import { exportSubject, RECENT_MS } from './export-subject.ts'
import { findScope } from './find-scope.ts'
import { requireNameless, subjectOf } from './nameless.ts'
import { type EraseParts, hashOf, requireKeys } from './parts.ts'
import { countRows } from './rows.ts'
import { type ErasureAsked, STEPS } from './run-erasure.ts'
import type { erasure, erasurePlan, erasureRequest, erasuresQuery, exportRequest } from './schemas.ts'
import type { ErasuresTable } from './tables.ts'

type Request = z.infer<typeof erasureRequest>
type Plan = z.infer<typeof erasurePlan>
type Erasure = z.infer<typeof erasure>
type Row = Pick<ErasuresTable, 'id' | 'subject_kind' | 'subject_hash' | 'erased_at'> & {
  readonly places: readonly DonePlace[]
  readonly receipt: Erasure['receipt']
}

interface NewErasure {
  readonly id: string
  readonly tenant: string
  readonly actor: Actor
  readonly asked: ErasureAsked
  readonly sealed: Pick<ErasureAsked, 'subject_kind' | 'subject_hash' | 'sealed_subject'>
}

const untouched = { sealed_scope: null, step: 0, places: '[]', receipt: null, erased_at: null, swept_at: null }
const SUBJECTS_SHOWN = 200
const encryptedTopics = Object.values(topics).flatMap(({ name, ...topic }) => ('subject' in topic ? [name] : []))
const OFF =
  'Encryption is off (MILLRACE_ENCRYPTION), so no key can be destroyed: records in topics stay readable until they expire, and what comes in later is kept again. Say without_encryption to erase all the same.'

export type Erasures = ReturnType<typeof createErasures>

/** Erasures as people ask for them: nothing is done before another person has approved it. */
export function createErasures(parts: EraseParts & Pick<JobParts, 'wake'>) {
  const { db, approvals, resting, wake } = parts
  const store = createJobStore(db, resting)

  approvals.onApproved('erasure', async (approved) => {
    const started = await startApproved(store, 'erasure', approved)
    wake()
    return { erasure_id: started.id }
  })

  return {
    /** What there is of a subject; nothing is written. */
    async plan(tenant: string, actor: Actor, { subject, without_encryption }: Request): Promise<Plan> {
      requireKeys(parts)
      const read = subjectOf(subject)
      await noteLook(tenant, actor, 'erasure.plan', read)
      const scope = await findScope(parts, tenant, read, Date.now() - RECENT_MS)
      return {
        subject_kind: read.kind,
        subjects: scope.dataSubjects.slice(0, SUBJECTS_SHOWN).map(({ kind, id }) => ({ kind, id })),
        subject_count: scope.dataSubjects.length,
        conversation_count: scope.dataSubjects.filter(({ kind }) => kind === 'conversation').length,
        places: await placesOf(parts, scope),
        topics: parts.isEncrypted && scope.dataSubjects.length > 0 ? encryptedTopics : [],
        last_record_expires: dayOf(lastExpiry(Date.now())),
        is_encrypted: parts.isEncrypted,
        obstacle: parts.isEncrypted || without_encryption ? null : OFF,
      }
    },

    /**
     * Asks for it; it waits for a second person. Who asks for what somebody has asked for already gets that request.
     * @throws ConsoleError, also `MR_CONSOLE_CONFLICT` where encryption is off
     */
    async create(tenant: string, actor: Actor, request: Request): Promise<Erasure> {
      const { keys } = requireKeys(parts)
      const subject = subjectOf(request.subject)
      requireNameless(request.reason, subject)
      if (!parts.isEncrypted && !request.without_encryption)
        throw new ConsoleError('MR_CONSOLE_CONFLICT', { detail: OFF })
      const subject_hash = await hashOf(parts, tenant, subjectText(subject))
      const { reason, without_encryption } = request
      const waiting = await waitingFor(tenant, subject_hash, without_encryption)
      if (waiting !== undefined) return await show(tenant, waiting)
      const id = `ers_${uuidv7()}`
      const sealed_subject = seal(subjectText(subject), keys, id)
      const sealed = { subject_kind: subject.kind, subject_hash, sealed_subject }
      const asked: ErasureAsked = { ...sealed, without_encryption, reason }
      await insert({ id, tenant, actor, asked, sealed })
      return await failingWith(store, id, 'what it is about could not be found', async () => {
        const beginning = { kind: 'erasure', actor, id, tenant, request: asked, total: STEPS, told: null } as const
        const begun = await beginJob(parts, store, beginning)
        return viewOf(begun, await rowOf(parts, tenant, id))
      })
    },

    async list(tenant: string, query: z.infer<typeof erasuresQuery>) {
      const { items, next_cursor } = await store.list(tenant, 'erasure', query)
      const rows = await rowsOf(parts, items)
      return { items: items.map((job) => viewOf(job, rows.get(job.id))), next_cursor }
    },

    get: show,

    /** Takes a request back; what has begun is brought to its end. */
    async cancel(tenant: string, actor: Actor, id: string): Promise<Erasure> {
      const job = await store.get(tenant, 'erasure', id)
      if (job.state === 'running')
        throw new ConsoleError('MR_CONSOLE_CONFLICT', {
          detail: `${id} has begun: keys that are destroyed do not come back`,
        })
      return viewOf(await cancelJob(parts, store, actor, job), await rowOf(parts, tenant, id))
    },

    /** Everything that can be read of a subject. @throws ConsoleError */
    async export(tenant: string, actor: Actor, { subject, reason }: z.infer<typeof exportRequest>): Promise<Readable> {
      const read = subjectOf(subject)
      requireNameless(reason, read)
      await noteLook(tenant, actor, 'subject.export', read, reason)
      return await exportSubject(parts, tenant, read)
    },

    /** Public keys that receipts are checked with. */
    receiptKeys: () => ({ public_keys: receiptPublicKeys(requireKeys(parts).keys) }),
  }

  async function show(tenant: string, id: string): Promise<Erasure> {
    return viewOf(await store.get(tenant, 'erasure', id), await rowOf(parts, tenant, id))
  }

  /** One that has begun has what was there until it was approved; what came since needs another. @returns its id */
  async function waitingFor(tenant: string, subject_hash: string, without: boolean): Promise<string | undefined> {
    const { rows } = await sql<{ id: string }>`select e.id from erasures e
      join replay_jobs j on j.id = e.id join approvals a on a.id = j.approval_id
      where e.tenant = ${tenant} and e.subject_hash = ${subject_hash} and j.state = 'waiting-for-approval'
        and a.status = 'pending' and a.expires_at > ${Date.now()} and (j.request ->> 'without_encryption')::boolean = ${without}
      order by e.created_at limit 1`.execute(db)
    return rows[0]?.id
  }

  async function insert({ id, tenant, actor, asked, sealed }: NewErasure): Promise<void> {
    const created_at = Date.now()
    const by = { requested_by: actor.id, requested_by_name: actor.name }
    const job = {
      id,
      tenant,
      kind: 'erasure',
      request: asked,
      rate: 0,
      created_at,
      ...by,
    } as const
    const row = { id, tenant, ...sealed, created_at, ...untouched }
    await db.transaction().execute(async (trx) => {
      await store.insert(job, trx)
      await trx.insertInto('erasures').values(row).execute()
    })
  }

  /** Who looked for whom: by hash, so that the audit names nobody who was erased. */
  async function noteLook(
    tenant: string,
    actor: Actor,
    action: string,
    subject: ErasureSubject,
    reason = '',
  ): Promise<void> {
    const hash = parts.blindIndex === undefined ? '' : await hashOf(parts, tenant, subjectText(subject))
    await parts.audit.append({ actor, tenant, action, subject: `${subject.kind}/${hash}`, reason, outcome: 'done' })
  }
}

async function placesOf({ db, redis, kafka, isEncrypted }: EraseParts, scope: ErasureScope): Promise<DonePlace[]> {
  const rows = await countRows(db, scope)
  const found = await countRedis(redis, redisKeysOf(scope, await kafka.clusterId()))
  const inRedis = Array.from(found, ([form, count]) => ({ place: `redis ${form}`, what: 'keys', count }))
  const keys = {
    place: `topic ${topics.keys.name}`,
    what: 'subjects whose keys are destroyed',
    count: scope.dataSubjects.length,
  }
  const nodes = {
    place: `topic ${topics.nodes.name}`,
    what: 'nodes folded again without it',
    count: scope.nodes.length,
  }
  const held = [nodes, ...inRedis, ...rows].filter(({ count }) => count > 0)
  return isEncrypted && held.length > 0 ? [keys, ...held] : held
}

async function rowOf({ db }: EraseParts, tenant: string, id: string): Promise<Row | undefined> {
  return await db
    .selectFrom('erasures')
    .selectAll()
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .executeTakeFirst()
}

async function rowsOf({ db }: EraseParts, jobs: readonly Job[]): Promise<ReadonlyMap<string, Row>> {
  if (jobs.length === 0) return new Map()
  const ids = jobs.map(({ id }) => id)
  const rows = await db.selectFrom('erasures').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row]))
}

function viewOf(job: Job, row: Row | undefined): Erasure {
  const { id, state, total, done, waits_for, error, reason, requested_by, requested_by_name, approval_id } = job
  return {
    erasure_id: id,
    subject_kind: row?.subject_kind ?? '',
    subject_hash: row?.subject_hash ?? '',
    ...{ state, total, done, error, reason, requested_by, requested_by_name, approval_id },
    waits_for: state === 'running' ? waits_for : null,
    places: [...(row?.places ?? [])],
    phases: { ...job.checkpoint },
    erased_at: row?.erased_at ?? null,
    receipt: row?.receipt ?? null,
    created_at: job.created_at,
    started_at: job.started_at,
    ended_at: job.ended_at,
  }
}

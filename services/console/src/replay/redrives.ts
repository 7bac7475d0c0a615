import { uuidv7 } from '@millrace/domain'
import { ALL_DELIVERIES, type DeadPlace, findDeadPlace, OperationsError, planRedrive } from '@millrace/operations'
import { type Kysely, sql } from 'kysely'
import type { z } from 'zod'
import type { Actor } from '../access/actor.ts'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import { beginJob, cancelJob, failingWith, type JobParts, progressOf, startApproved } from './job-parts.ts'
import { createJobStore, type Job, openStates } from './job-store.ts'
import type { jobsQuery, redrive, redrivePlan, redriveRequest } from './schemas.ts'

type RedriveRequest = z.infer<typeof redriveRequest>
/** A request whose selection has an end: what is approved, and all that is done. What dies later is no part of it. */
export type FixedRedrive = Omit<RedriveRequest, 'dry_run' | 'selection'> & {
  readonly selection: RedriveRequest['selection'] & { readonly until: number }
}
type Redrive = z.infer<typeof redrive>
type Plan = z.infer<typeof redrivePlan>

/** A dead-letter topic is read to its end within this, milliseconds. */
const READ_WITHIN_MS = 120_000

export type Redrives = ReturnType<typeof createRedrives>

/** Redrives as people ask for them. The dead-letter topic itself says what is still to be done, so a redrive goes on wherever it was stopped. */
export function createRedrives(parts: JobParts) {
  const { db, approvals, resting, wake } = parts
  const store = createJobStore(db, resting)

  approvals.onApproved('redrive', async (approved) => {
    const started = await startApproved(store, 'redrive', approved)
    wake()
    return { redrive_id: started.id, count: started.count }
  })

  return {
    store,

    /** What a redrive would do; nothing is written. */
    async plan(tenant: string, actor: Actor, request: RedriveRequest): Promise<Plan> {
      const plan = await planFor(parts, tenant, fixed(request))
      return {
        count: plan.count,
        obstacles: Array.from(plan.obstacles, ([obstacle, count]) => ({ obstacle, count })),
        codes: Array.from(plan.codes, ([code, count]) => ({ code, count })),
        seconds: plan.seconds(request.rate, request.per_endpoint),
        needs_approval: await approvals.wouldNeed({ kind: 'redrive', tenant, actor, count: plan.count }),
      }
    },

    async create(tenant: string, actor: Actor, asked: RedriveRequest): Promise<Redrive> {
      const request = fixed(asked)
      placeOf(request)
      const id = `rdr_${uuidv7()}`
      await insertAlone(id, tenant, actor, request)
      return await failingWith(store, id, 'the dead letters could not be counted', async () => {
        const { count } = await planFor(parts, tenant, request)
        const beginning = { kind: 'redrive', actor, id, tenant, request, total: count } as const
        return viewOf(await beginJob(parts, store, beginning))
      })
    },

    async list(tenant: string, query: z.infer<typeof jobsQuery>) {
      const { items, next_cursor } = await store.list(tenant, 'redrive', query)
      return { items: items.map(viewOf), next_cursor }
    },

    get: async (tenant: string, id: string): Promise<Redrive> => viewOf(await store.get(tenant, 'redrive', id)),

    cancel: async (tenant: string, actor: Actor, id: string): Promise<Redrive> =>
      viewOf(await cancelJob(parts, store, actor, await store.get(tenant, 'redrive', id))),
  }

  /** Two redrives of one place would put the same letters back twice, so its row takes the place before anything is counted. */
  async function insertAlone(id: string, tenant: string, actor: Actor, request: FixedRedrive): Promise<void> {
    await db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(hashtext(${`redrives/${tenant}`}))`.execute(trx)
      await requireAlone(trx, tenant, request)
      const { rate } = request
      const by = { requested_by: actor.id, requested_by_name: actor.name }
      await store.insert({ id, tenant, kind: 'redrive', request, rate, ...by, created_at: Date.now() }, trx)
    })
  }

  async function requireAlone(trx: Kysely<Tables>, tenant: string, { topic, group }: FixedRedrive): Promise<void> {
    const open = await trx
      .selectFrom('replay_jobs')
      .select(['id', 'request'])
      .where('tenant', '=', tenant)
      .where('kind', '=', 'redrive')
      .where('state', 'in', openStates)
      .execute()
    const other = open.find(({ request }) => {
      const known = request as FixedRedrive
      return known.group === group && (known.topic === topic || [known.topic, topic].includes(ALL_DELIVERIES))
    })
    if (other === undefined) return
    const detail = `${other.id} of the same topic and group has not ended: let it end, or cancel it`
    throw new ConsoleError('MR_CONSOLE_CONFLICT', { detail })
  }
}

function fixed({ dry_run: _, ...request }: RedriveRequest): FixedRedrive {
  const now = Date.now()
  return { ...request, selection: { ...request.selection, until: Math.min(request.selection.until ?? now, now) } }
}

/** Reads the place's dead letters. @throws ConsoleError `MR_CONSOLE_INVALID` for a topic, group or selection that cannot be redriven */
export async function planFor({ kafka }: Pick<JobParts, 'kafka'>, tenant: string, request: FixedRedrive) {
  const { event_id: eventId, endpoint_id: endpoint, delivery_ids: ids, ...rest } = request.selection
  const filter = { tenant, eventId, endpoint, ids, ...rest }
  const place = placeOf(request)
  try {
    return await planRedrive(kafka, place, filter, AbortSignal.timeout(READ_WITHIN_MS))
  } catch (cause) {
    throw cause instanceof OperationsError && !cause.retryable ? invalid('/selection', cause) : cause
  }
}

function placeOf({ topic, group }: FixedRedrive): DeadPlace {
  try {
    return findDeadPlace(topic, group)
  } catch (cause) {
    throw cause instanceof OperationsError ? invalid('/topic', cause) : cause
  }
}

function invalid(pointer: string, cause: OperationsError): ConsoleError {
  return new ConsoleError('MR_CONSOLE_INVALID', { problems: [{ pointer, detail: cause.message }], cause })
}

function viewOf(job: Job): Redrive {
  const { topic, group, selection } = job.request as FixedRedrive
  return { redrive_id: job.id, topic, group, selection, ...progressOf(job) }
}

import { uuidv7 } from '@millrace/domain'
import type { z } from 'zod'
import type { Actor } from '../access/actor.ts'
import { ConsoleError } from '../errors.ts'
import { beginJob, cancelJob, failingWith, type JobParts, progressOf, startApproved } from './job-parts.ts'
import { createJobStore, type Job } from './job-store.ts'
import { type CheckedTarget, checkTarget } from './replay-target.ts'
import type { jobsQuery, replay, replayPlan, replayRequest } from './schemas.ts'
import {
  type Condition,
  type Counts,
  conditionOf,
  countEvents,
  eventsOf,
  type FixedSelection,
  insertItems,
  requireKnown,
  usedBy,
} from './select-events.ts'

export type ReplayRequest = z.infer<typeof replayRequest>
/** A request whose selection has an end: what is approved, and all that is done. */
export type FixedRequest = Omit<ReplayRequest, 'selection' | 'dry_run'> & { readonly selection: FixedSelection }
type Replay = z.infer<typeof replay>
type Plan = z.infer<typeof replayPlan>

/** Events of one replay at most; of one to an endpoint, each of which is read to ask its filter. */
const MAX_EVENTS = 1_000_000
const MAX_FILTERED = 100_000
const PAGE = 200

export type Replays = ReturnType<typeof createReplays>

/** Replays as people ask for them. What is asked for is fixed event by event before anything is approved or written. */
export function createReplays(parts: JobParts) {
  const { db, approvals, resting, wake } = parts
  const store = createJobStore(db, resting)

  const prepared = async (tenant: string, { target, selection, rate }: ReplayRequest) => {
    const until = Math.min(selection.until ?? Date.now(), Date.now())
    const fixed: FixedSelection = { ...selection, until }
    const checked = await checkTarget(db, tenant, target)
    await requireKnown(db, tenant, fixed)
    const condition = await conditionOf(db, tenant, fixed)
    const used = usedBy({ target_kind: target.kind, target: target.name })
    return { fixed, checked, condition, used, rate: Math.min(rate, checked.maxRate ?? rate) }
  }

  approvals.onApproved('replay', async (approved) => {
    const started = await startApproved(store, 'replay', approved)
    wake()
    return { replay_id: started.id, count: started.count }
  })

  return {
    store,

    /** What a replay would do; nothing is written. */
    async plan(tenant: string, actor: Actor, request: ReplayRequest): Promise<Plan> {
      const { checked, condition, used, rate } = await prepared(tenant, request)
      const counts = await countFor(parts, { tenant, condition, used, checked })
      const needs_approval = await approvals.wouldNeed({ kind: 'replay', tenant, actor, count: counts.count })
      return { ...counts, rate, seconds: Math.ceil(Math.max(0, counts.count - 1) / rate), needs_approval }
    },

    /** Fixes the events, then starts, or waits for a second person. */
    async create(tenant: string, actor: Actor, request: ReplayRequest): Promise<Replay> {
      const { fixed, checked, condition, used, rate } = await prepared(tenant, request)
      const id = `rpl_${uuidv7()}`
      const { dry_run: _, ...asked } = request
      const fixedRequest: FixedRequest = { ...asked, selection: fixed }
      await store.insert({
        id,
        tenant,
        kind: 'replay',
        request: fixedRequest,
        rate,
        requested_by: actor.id,
        requested_by_name: actor.name,
        created_at: Date.now(),
      })
      return await failingWith(store, id, 'the events could not be chosen', async () => {
        const total = await fix(parts, id, { tenant, condition, used, checked })
        const beginning = { kind: 'replay', actor, id, tenant, request: fixedRequest, total } as const
        return viewOf(await beginJob(parts, store, beginning))
      })
    },

    async list(tenant: string, query: z.infer<typeof jobsQuery>) {
      const { items, next_cursor } = await store.list(tenant, 'replay', query)
      return { items: items.map(viewOf), next_cursor }
    },

    get: async (tenant: string, id: string): Promise<Replay> => viewOf(await store.get(tenant, 'replay', id)),

    cancel: async (tenant: string, actor: Actor, id: string): Promise<Replay> =>
      viewOf(await cancelJob(parts, store, actor, await store.get(tenant, 'replay', id))),
  }
}

interface Chosen {
  readonly tenant: string
  readonly condition: Condition
  readonly used: Condition
  readonly checked: CheckedTarget
}

/** Counts without writing. With a filter to ask, every event is read. */
async function countFor({ db }: JobParts, { tenant, condition, used, checked }: Chosen): Promise<Counts> {
  const counts = await countEvents(db, condition, used)
  const { wants } = checked
  if (wants === undefined) return counts
  requireAtMost(counts.count, MAX_FILTERED)
  let [fitting, seen, unavailable] = [0, 0, 0]
  const onMissing = (missing: number) => {
    unavailable += missing
  }
  for await (const events of eventsOf(db, tenant, condition, { pageSize: PAGE, onMissing })) {
    seen += events.length
    fitting += events.filter(({ event }) => wants(event)).length
  }
  return { count: fitting, unfit: seen - fitting, unavailable }
}

/** Writes the chosen events down as the job's items. @throws ConsoleError `MR_CONSOLE_INVALID` for too many */
async function fix({ db }: JobParts, id: string, { tenant, condition, used, checked }: Chosen): Promise<number> {
  const { wants } = checked
  if (wants === undefined) {
    const count = await insertItems(db, id, { condition, used, limit: MAX_EVENTS + 1 })
    requireAtMost(count, MAX_EVENTS)
    return count
  }
  requireAtMost((await countEvents(db, condition, used)).count, MAX_FILTERED)
  let seq = 0
  for await (const events of eventsOf(db, tenant, condition, { pageSize: PAGE, onMissing: () => {} })) {
    const items = events
      .filter(({ event }) => wants(event))
      .map(({ event, payloadDay }) => ({ job_id: id, seq: seq++, event_id: event.event_id, payload_day: payloadDay }))
    if (items.length > 0) await db.insertInto('replay_items').values(items).execute()
  }
  return seq
}

function requireAtMost(count: number, most: number): void {
  if (count <= most) return
  const rule = `must choose at most ${most.toLocaleString('en')} events for this target, not ${count.toLocaleString('en')}`
  throw new ConsoleError('MR_CONSOLE_INVALID', { problems: [{ pointer: '/selection', detail: rule }] })
}

function viewOf(job: Job): Replay {
  const { target, keeps_ids, selection } = job.request as FixedRequest
  return { replay_id: job.id, target, keeps_ids, selection, ...progressOf(job) }
}

import { type Kysely, type Selectable, sql } from 'kysely'
import type { RestingTexts } from '../db/resting.ts'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import { pageFrom, readCursor, timePlace } from '../read/cursor.ts'
import type { JobState, ReplayJobsTable } from './tables.ts'

export type Job = Selectable<ReplayJobsTable>

export const openStates: readonly JobState[] = ['preparing', 'waiting-for-approval', 'running']

/** How long a process that works on a job may be silent before another takes it over, milliseconds. */
export const LEASE_MS = 6_000
/** What ended is listed so long, milliseconds. */
const KEPT_MS = 90 * 86_400_000
/** A selection that is not counted out after so long never will be: its process has died. */
const PREPARING_MS = 900_000

type JobChanges = Partial<Pick<Job, 'state' | 'total' | 'approval_id' | 'error' | 'started_at' | 'ended_at'>>

export type JobStore = ReturnType<typeof createJobStore>

/** Jobs in the database. One process at a time works on a job, by a lease; what it writes counts only while it holds that. */
export function createJobStore(db: Kysely<Tables>, { seal }: RestingTexts) {
  return {
    db,

    async insert(
      job: Pick<Job, 'id' | 'tenant' | 'kind' | 'rate' | 'requested_by' | 'requested_by_name' | 'created_at'> & {
        readonly request: { readonly reason: string }
      },
      trx = db,
    ): Promise<void> {
      // Why is told once, where it is sealed.
      const { reason, ...request } = job.request
      await trx
        .insertInto('replay_jobs')
        .values({
          ...untouched,
          ...job,
          request: JSON.stringify(request),
          reason: seal(reason),
          state: 'preparing',
        })
        .execute()
    },

    /** @throws ConsoleError `MR_CONSOLE_NOT_FOUND` */
    async get(tenant: string, kind: Job['kind'], id: string): Promise<Job> {
      const found = await db
        .selectFrom('replay_jobs')
        .selectAll()
        .where('id', '=', id)
        .where('tenant', '=', tenant)
        .where('kind', '=', kind)
        .executeTakeFirst()
      if (found === undefined) throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
      return found
    },

    /** Newest first. @throws ConsoleError `MR_CONSOLE_INVALID` for a cursor that is none */
    async list(
      tenant: string,
      kind: Job['kind'],
      query: { readonly state?: JobState | undefined; readonly limit: number; readonly cursor?: string | undefined },
    ): Promise<{ items: Job[]; next_cursor: string | null }> {
      const after = readCursor(query.cursor, timePlace)
      const rows = await db
        .selectFrom('replay_jobs')
        .selectAll()
        .where('tenant', '=', tenant)
        .where('kind', '=', kind)
        .$if(query.state !== undefined, (found) => found.where('state', '=', query.state as JobState))
        .$if(after !== undefined, (found) =>
          found.where(sql<boolean>`(created_at, id) < (${after?.[0]}, ${after?.[1]})`),
        )
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(query.limit + 1)
        .execute()
      return pageFrom(
        rows,
        query.limit,
        (row) => [row.created_at, row.id],
        (row) => row,
      )
    },

    /** Moves a job on, if it still is in one of the states `from`. @returns the job as it is then; undefined when it was not */
    async move(id: string, from: readonly JobState[], changes: JobChanges, trx = db): Promise<Job | undefined> {
      const moved = await trx
        .updateTable('replay_jobs')
        .set(typeof changes.error === 'string' ? { ...changes, error: seal(changes.error) } : changes)
        .where('id', '=', id)
        .where('state', 'in', from)
        .returningAll()
        .executeTakeFirst()
      if (moved?.ended_at != null) await trx.deleteFrom('replay_items').where('job_id', '=', id).execute()
      return moved
    },

    /** The oldest running job of these kinds that nobody works on, now leased to `owner`; undefined for none. */
    async lease(owner: string, kinds: readonly Job['kind'][], now: number): Promise<Job | undefined> {
      const free = db
        .selectFrom('replay_jobs')
        .select('id')
        .where('state', '=', 'running')
        .where('kind', 'in', kinds)
        .where('leased_until', '<', now)
        .orderBy('leased_until')
        .orderBy('created_at')
        .limit(1)
        .forUpdate()
        .skipLocked()
      return await db
        .updateTable('replay_jobs')
        .set({ leased_by: owner, leased_until: now + LEASE_MS })
        .where('id', '=', (eb) => eb.selectFrom(free.as('free')).select('free.id'))
        .returningAll()
        .executeTakeFirst()
    },

    /** Notes how far a leased job is, and renews the lease. False: it was cancelled, or another process has it. */
    async note(
      owner: string,
      id: string,
      progress: Partial<Pick<Job, 'done' | 'waits_for'>> & { readonly checkpoint?: Readonly<Record<string, number>> },
      now: number,
    ): Promise<boolean> {
      const { checkpoint, ...rest } = progress
      const noted = await db
        .updateTable('replay_jobs')
        .set({
          ...rest,
          ...(checkpoint === undefined ? {} : { checkpoint: sql`${JSON.stringify(checkpoint)}::jsonb` }),
          leased_until: now + LEASE_MS,
        })
        .where('id', '=', id)
        .where('state', '=', 'running')
        .where('leased_by', '=', owner)
        .executeTakeFirst()
      return noted.numUpdatedRows > 0n
    },

    /** Lets a leased job go, so that another process need not wait for the lease to end. */
    async release(owner: string, id: string): Promise<void> {
      await db
        .updateTable('replay_jobs')
        .set({ leased_until: 0 })
        .where('id', '=', id)
        .where('leased_by', '=', owner)
        .execute()
    },

    /** Ends what died while it was being prepared and what nobody approved, and forgets what ended long ago. */
    async tidy(now: number): Promise<void> {
      await db
        .updateTable('replay_jobs')
        .set({
          state: 'failed',
          error: seal('the console stopped while the selection was counted out'),
          ended_at: now,
        })
        .where('state', '=', 'preparing')
        .where('created_at', '<', now - PREPARING_MS)
        .execute()
      await db
        .updateTable('replay_jobs')
        .set({ state: 'cancelled', error: seal('it was not approved'), ended_at: now })
        .where('state', '=', 'waiting-for-approval')
        .where('approval_id', 'in', (eb) =>
          eb.selectFrom('approvals').select('id').where('status', 'in', ['refused', 'cancelled', 'expired', 'failed']),
        )
        .execute()
      await db
        .deleteFrom('replay_items')
        .where('job_id', 'in', (eb) => eb.selectFrom('replay_jobs').select('id').where('ended_at', 'is not', null))
        .execute()
      await db
        .deleteFrom('replay_jobs')
        .where('ended_at', '<', now - KEPT_MS)
        // Its receipt has to be found for as long as somebody may ask for it.
        .where('kind', '<>', 'erasure')
        .execute()
    },
  }
}

const untouched = {
  total: null,
  done: 0,
  waits_for: null,
  error: null,
  approval_id: null,
  started_at: null,
  ended_at: null,
  leased_by: null,
  leased_until: 0,
  checkpoint: null,
}

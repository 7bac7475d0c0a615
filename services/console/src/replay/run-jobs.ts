import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { consoleActor } from '../audit/audit.ts'
import { auditOf, type JobParts } from './job-parts.ts'
import { createJobStore, type Job, LEASE_MS } from './job-store.ts'
import { runRedrive } from './run-redrive.ts'
import { type Ending, type RunParts, runReplay } from './run-replay.ts'

export interface JobRunner {
  /** Looks for jobs now. */
  wake(): void
  /** Stops; what was in hand goes on in another process, or in this one's next life. Idempotent. */
  close(): Promise<void>
}

/** Jobs that one process works on at a time. Erasures have a minute, mostly wait for others, and never stand behind a long replay. */
const pools: readonly { readonly kinds: readonly Job['kind'][]; readonly atOnce: number }[] = [
  { kinds: ['erasure'], atOnce: 16 },
  { kinds: ['replay', 'redrive'], atOnce: 4 },
]
const LOOK_EVERY_MS = 2_000
const TIDY_EVERY_MS = 60_000
const AGAIN_AFTER_MS = 2_000
/** Of PostgreSQL. */
const UNDEFINED_TABLE = '42P01'

/** Works on one leased job until it has ended. */
export type RunJob = (parts: RunParts) => Promise<Ending>

class Lost extends Error {}

/**
 * Works on jobs until it is closed: any number of processes may, and each job is worked on by one.
 * @param tidy called now and then beside the jobs' own tidying
 */
export function startJobs(
  parts: Omit<JobParts, 'wake'>,
  { runErasure, tidy }: { readonly runErasure: RunJob; readonly tidy: () => Promise<void> },
): JobRunner {
  const { db, kafka, log, audit, resting } = parts
  const byKind: Readonly<Record<Job['kind'], RunJob>> = { replay: runReplay, redrive: runRedrive, erasure: runErasure }
  const store = createJobStore(db, resting)
  const owner = randomUUID()
  const stopping = new AbortController()
  const running = new Map(pools.map(({ kinds }) => [kinds, new Set<Promise<void>>()]))
  let poke = Promise.withResolvers<void>()
  let tidyAt = 0

  const work = async (job: Job) => {
    const ended = new AbortController()
    const signal = AbortSignal.any([stopping.signal, ended.signal])
    const note: RunParts['note'] = async (progress) => {
      if (await store.note(owner, job.id, progress, Date.now())) return
      ended.abort(new Lost('the job was cancelled or taken over'))
      signal.throwIfAborted()
    }
    // Long waits say nothing by themselves; a database that is away ends the lease, and then the next note tells.
    const heart = setInterval(() => void note({}).catch(() => {}), LEASE_MS / 4)
    try {
      const error = await byKind[job.kind]({ db, kafka, job, signal, note })
      await end(job, error)
    } catch (error) {
      if (signal.aborted) return
      log.warn({ job: job.id, error }, 'a job will be tried again')
      await store.note(owner, job.id, { waits_for: reasonOf(error) }, Date.now())
      await sleep(AGAIN_AFTER_MS, undefined, { signal })
    } finally {
      clearInterval(heart)
      await store.release(owner, job.id)
    }
  }

  const end = async (job: Job, error: Ending) => {
    await db.transaction().execute(async (trx) => {
      const ended = await store.move(job.id, ['running'], { state: 'done', error, ended_at: Date.now() }, trx)
      if (ended !== undefined) await audit.append(auditOf(ended, consoleActor, 'end'), trx)
    })
  }

  const look = async () => {
    if (Date.now() >= tidyAt) {
      tidyAt = Date.now() + TIDY_EVERY_MS
      await store.tidy(Date.now())
      await tidy().catch((error: unknown) => log.warn({ error }, 'late looks of erasures have to wait'))
    }
    for (const { kinds, atOnce } of pools) await fill(kinds, atOnce, running.get(kinds) ?? new Set())
  }

  const fill = async (kinds: readonly Job['kind'][], atOnce: number, inHand: Set<Promise<void>>) => {
    while (inHand.size < atOnce && !stopping.signal.aborted) {
      const job = await store.lease(owner, kinds, Date.now())
      if (job === undefined) return
      const working = work(job)
        .catch(() => {})
        .finally(() => {
          inHand.delete(working)
          poke.resolve()
        })
      inHand.add(working)
    }
  }

  const loop = async () => {
    let isAway = false
    while (!stopping.signal.aborted) {
      poke = Promise.withResolvers<void>()
      try {
        await look()
        isAway = false
      } catch (error) {
        // Before the first migration there are none.
        const isNew = (error as { code?: unknown }).code === UNDEFINED_TABLE
        if (!isAway && !isNew) log.warn({ error }, 'jobs cannot be looked for')
        isAway = true
      }
      const wait = sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
      await Promise.race([poke.promise, wait])
    }
  }
  const looping = loop()

  let closed: Promise<void> | undefined
  return {
    wake: () => poke.resolve(),
    close: () => {
      closed ??= (async () => {
        stopping.abort()
        await looping
        await Promise.allSettled([...running.values()].flatMap((inHand) => [...inHand]))
      })()
      return closed
    },
  }
}

/** In words for who waits. What the drivers of stores say of their deadlines is no fault. */
function reasonOf(error: unknown): string {
  const { retryable, message = '' } = error as { retryable?: unknown; message?: string }
  if (retryable === true) return message
  return /timed out|timeout/i.test(message) ? 'a store does not answer in time' : 'a fault of ours'
}

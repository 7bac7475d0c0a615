import { setTimeout as sleep } from 'node:timers/promises'
import { headersFor, replayKey, runId } from '@millrace/domain'
import type { Kafka, Position } from '@millrace/kafka'
import { type EventReplay, topics, type WebhookEvent } from '@millrace/schemas'
import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import type { Job } from './job-store.ts'
import { LOOK_EVERY_MS, liveWorkOf } from './live-lag.ts'
import type { FixedRequest } from './replays.ts'
import { itemsOf } from './select-events.ts'
import { type Checkpoint, checkpointNow, runsSince } from './written-runs.ts'

/** What a job tells while it runs. */
export interface Progress {
  readonly done?: number
  readonly waits_for?: string | null
  readonly checkpoint?: Checkpoint
}

export interface RunParts {
  readonly db: Kysely<Tables>
  readonly kafka: Kafka
  readonly job: Job
  /** Aborts when the job was cancelled, is another process's, or this one ends. */
  readonly signal: AbortSignal
  /** Notes progress. Rejects while the database is away. */
  note(progress: Progress): Promise<void>
}

/** How a job ended: null, or what it left out and why. */
export type Ending = string | null

const STEPS_A_SECOND = 4
const MAX_STEP = 50

/**
 * Writes what is left of a replay, at its rate, while its target has nothing live before it. What an earlier owner wrote beyond its last note is found
 * in the topic and not written again.
 * @throws what Kafka or the database throw; then it is begun again where it was
 */
export async function runReplay({ db, kafka, job, signal, note }: RunParts): Promise<Ending> {
  const request = job.request as FixedRequest
  const total = job.total ?? 0
  let { done } = job
  let checkpoint: Checkpoint = job.checkpoint ?? (await checkpointNow(kafka))
  if (job.checkpoint === null) await note({ checkpoint })
  const written = job.checkpoint === null ? noRuns : await runsSince(kafka, job.id, checkpoint, signal)
  const size = Math.max(1, Math.min(MAX_STEP, Math.round(job.rate / STEPS_A_SECOND)))
  let [nextAt, lookAt, leftOut] = [Date.now(), 0, 0]

  while (done < total) {
    signal.throwIfAborted()
    if (Date.now() >= lookAt) {
      const waits_for = await liveWorkOf({ kafka, db }, { tenant: job.tenant, target: request.target, rate: job.rate })
      lookAt = Date.now() + LOOK_EVERY_MS
      if (waits_for !== null) {
        await note({ waits_for })
        await sleep(LOOK_EVERY_MS, undefined, { signal })
        continue
      }
    }
    const items = await itemsOf(db, job, { from: done, limit: size })
    if (items.length === 0 || items.some(({ event }) => event === 'unknown')) {
      await note({ waits_for: 'the ledger does not have its events just now' })
      await sleep(LOOK_EVERY_MS, undefined, { signal })
      continue
    }
    await sleep(Math.max(0, nextAt - Date.now()), undefined, { signal })
    const events = items.flatMap(({ event }) => (typeof event === 'string' ? [] : [event]))
    leftOut += items.length - events.length
    const fresh = events.filter((event) => !written.has(runId(job.id, event)))
    const positions = await Promise.all(fresh.map((event) => write(kafka, job, request, event)))
    leftOut += positions.filter((position) => position === undefined).length
    nextAt = Math.max(Date.now(), nextAt + (items.length * 1_000) / job.rate)
    done += items.length
    checkpoint = movedTo(checkpoint, positions)
    await note({ done, checkpoint, waits_for: null })
  }
  return leftOut === 0 ? null : `${leftOut} were left out: their payload was kept no longer, or is too large`
}

const noRuns: ReadonlySet<string> = new Set()

/** Undefined for what the topic cannot hold, and for what is about whom was erased. */
async function write(
  kafka: Kafka,
  job: Job,
  request: FixedRequest,
  event: WebhookEvent,
): Promise<Position | undefined> {
  const value: EventReplay = {
    ...event,
    replay_id: job.id,
    run_id: runId(job.id, event),
    target_kind: request.target.kind,
    target: request.target.name,
    keeps_ids: request.keeps_ids,
    requested_by: job.requested_by,
    replayed_at: Date.now(),
  }
  try {
    const sent = await kafka.send(topics.replays, replayKey(event), value, { headers: headersFor(event) })
    return sent.isErased === true ? undefined : sent
  } catch (error) {
    if ((error as { code?: unknown }).code === 'MR_KAFKA_TOO_LARGE') return undefined
    throw error
  }
}

function movedTo(checkpoint: Checkpoint, positions: readonly (Position | undefined)[]): Checkpoint {
  const moved: Record<string, number> = { ...checkpoint }
  for (const position of positions)
    if (position !== undefined)
      moved[position.partition] = Math.max(moved[position.partition] ?? 0, Number(position.offset) + 1)
  return moved
}

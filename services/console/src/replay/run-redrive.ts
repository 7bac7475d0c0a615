import { setTimeout as sleep } from 'node:timers/promises'
import { findDeadPlace } from '@millrace/operations'
import { topics } from '@millrace/schemas'
import { LOOK_EVERY_MS, lagOf, MAX_LIVE_LAG } from './live-lag.ts'
import { type FixedRedrive, planFor } from './redrives.ts'
import type { Ending, RunParts } from './run-replay.ts'

const NOTE_EVERY_MS = 500

/**
 * Puts back what is left of a redrive; the marks in the dead-letter topic say what that is. Never more than was counted when it was asked for.
 * @throws what Kafka or the database throw; then it is begun again where it was
 */
export async function runRedrive({ kafka, job, signal, note }: RunParts): Promise<Ending> {
  const request = job.request as FixedRedrive
  const total = job.total ?? 0
  const plan = await planFor({ kafka }, job.tenant, request)
  // What was put back is marked, whether or not it was noted here.
  const before = Math.max(job.done, total - plan.count)
  const isOver = new AbortController()
  const either = AbortSignal.any([signal, isOver.signal])
  const { group, source } = findDeadPlace(request.topic, request.group)
  const live = group === 'delivery-send' ? topics.requested : source

  let [lookAt, notedAt] = [0, 0]
  const mayGo = async () => {
    while (Date.now() >= lookAt && !either.aborted) {
      const lag = await lagOf(kafka, group, live)
      lookAt = Date.now() + LOOK_EVERY_MS
      if (lag <= MAX_LIVE_LAG) return
      await note({ waits_for: `${group} has ${lag} live records before it` })
      await sleep(LOOK_EVERY_MS, undefined, { signal: either })
    }
  }
  const onProgress = async (count: number) => {
    const done = Math.min(total, before + count)
    if (done >= total) isOver.abort()
    else if (Date.now() - notedAt < NOTE_EVERY_MS) return
    notedAt = Date.now()
    await note({ done, waits_for: null })
  }
  await note({ done: before })
  if (before < total)
    await plan.run({
      id: job.id,
      requestedBy: job.requested_by,
      rate: job.rate,
      perEndpoint: request.per_endpoint,
      signal: either,
      mayGo,
      onProgress,
    })
  signal.throwIfAborted()
  return null
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Terminal } from './command.ts'

/** What replays and redrives tell of themselves. */
export interface JobView {
  readonly state: string
  readonly total: number | null
  readonly done: number
  readonly waits_for: string | null
  readonly error: string | null
  readonly approval_id: string | null
}

const LOOK_EVERY_MS = 500
/** Between two lines of progress where they are written one below the other; on a terminal one line changes. */
const TOLD_EVERY_MS = 10_000

/** Follows a job until it has ended or waits for a person, saying how far it is. @returns how it is then */
export async function watchJob<J extends JobView>(begun: J, look: () => Promise<J>, terminal: Terminal): Promise<J> {
  let [job, toldAt] = [begun, Date.now()]
  while (job.state === 'running' || job.state === 'preparing') {
    const text = progressLine(job)
    if (terminal.progress !== undefined) terminal.progress(text)
    else if (Date.now() - toldAt >= TOLD_EVERY_MS) {
      toldAt = Date.now()
      terminal.note(text)
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: terminal.signal })
    job = await look()
  }
  terminal.progress?.('')
  return job
}

function progressLine({ done, total, waits_for }: JobView): string {
  return `${done} of ${total ?? '?'}${waits_for === null ? '' : `; waits: ${waits_for}`}`
}

/** How a job is, in one line. */
export function jobLine(id: string, { state, done, total, error, approval_id, waits_for }: JobView): string {
  const parts = [`${id}: ${state}, ${done} of ${total ?? '?'}`]
  if (state === 'running' && waits_for !== null) parts.push(`waits: ${waits_for}`)
  if (state === 'waiting-for-approval') parts.push(`approval ${approval_id}`)
  if (error !== null) parts.push(error)
  return parts.join('; ')
}

/** Exit code: 0 for what is done or waits for a person. */
export function jobExit({ state }: JobView): number {
  return state === 'done' || state === 'waiting-for-approval' ? 0 : 1
}

import { isSentType } from '@millrace/domain'
import type { Mark } from './parity-marks.ts'
import type { ComparedWindow } from './parity-window.ts'

/** A time in which webhooks miss events that polling sees, window after window. */
export interface MissingRun {
  readonly since: number
  readonly until: number
  readonly expected: number
  readonly missed: number
  readonly reasons: Readonly<Record<string, number>>
}

export interface MissingLimits {
  /** How long webhooks must have missed events without a break, milliseconds. */
  readonly forMs: number
  /** Share of a window's events that makes it part of the run, percent. */
  readonly percent: number
}

/** One or two lost events are what reconciliation is for. */
const LEAST_MISSED = 3

type Window = Pick<ComparedWindow, 'expected' | 'missed' | 'reasons'> & {
  readonly since: number
  readonly until: number
}

/**
 * The run after one more window, in order of time; null when webhooks miss nothing to speak of. A window in which webhooks should have brought
 * nothing tells nothing: the run goes on.
 */
export function followMissing(run: MissingRun | null, window: Window, { percent }: MissingLimits): MissingRun | null {
  if (window.expected === 0) return run
  if (window.missed === 0 || (window.missed / window.expected) * 100 < percent) return null
  const reasons = { ...run?.reasons }
  for (const [reason, times] of Object.entries(window.reasons)) reasons[reason] = (reasons[reason] ?? 0) + times
  return {
    since: run?.since ?? window.since,
    until: window.until,
    expected: (run?.expected ?? 0) + window.expected,
    missed: (run?.missed ?? 0) + window.missed,
    reasons,
  }
}

/** Whether webhooks have missed events for so long that polling has to take over. */
export function isRollbackDue(run: MissingRun | null, { forMs }: MissingLimits): run is MissingRun {
  return run !== null && run.missed >= LEAST_MISSED && run.until - run.since >= forMs
}

/** A webhook is younger than this when polling has not had the time to bring its event too. */
const YOUNG_MS = 5_000

/**
 * Whether webhooks still miss events, by what came lately and is not told yet: an outage that is over by the time polling has read it is what polling
 * has just repaired.
 */
export function isStillMissing(lately: readonly Mark[], { percent }: MissingLimits, now: number): boolean {
  const polled = lately.filter(({ poll, occurred_at, type }) => {
    return poll !== undefined && occurred_at < now - YOUNG_MS && isSentType('front', type)
  })
  if (polled.length === 0) return !lately.some(({ webhook }) => webhook !== undefined)
  const missed = polled.filter(({ webhook }) => webhook === undefined).length
  return (missed / polled.length) * 100 >= percent
}

/** The run in a sentence, with its cause where one is known. */
export function runText({ since, until, expected, missed, reasons }: MissingRun): string {
  const minutes = Math.max(1, Math.round((until - since) / 60_000))
  const cause =
    'verification-failures' in reasons
      ? '; webhooks were refused for their signature or time meanwhile'
      : 'no-webhooks-then' in reasons
        ? '; for whole spans no webhook came at all: an outage on the way, or the provider has disabled it'
        : ''
  return `webhooks missed ${missed} of ${expected} events that polling saw over ${minutes} min${cause}`
}

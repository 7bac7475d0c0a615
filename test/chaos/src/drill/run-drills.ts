import type { Report } from '@millrace/local'
import { waitFor } from '@millrace/test-support'
import type { AlertLog, Sought } from './alert-log.ts'
import type { Installation } from './installation.ts'

/** A condition, and the alerts that must come of it. */
export interface Drill {
  readonly alerts: readonly string[]
  /** Labels that they must have, those of them that have such a label: what fires of others meanwhile does not count. */
  readonly where?: Readonly<Record<string, string>>
  /** What is done, for people. */
  readonly condition: string
  /** Makes the condition; resolves with what ends it, once it is there. */
  make(here: Installation): Promise<() => Promise<unknown> | unknown>
  /** Milliseconds until the alerts must fire. Default 120 000. */
  readonly withinMs?: number
  /** Why silence is not waited for, of alerts that look back over all of the drill. */
  readonly stays?: Readonly<Record<string, string>>
}

export interface DrillResult extends Sought {
  readonly condition: string
  /** Seconds from the condition until the alert fired; null: it did not. */
  readonly firedAfter: number | null
  /** Epoch milliseconds at which the condition ended. */
  readonly endedAt: number
  /** Why it does not count. */
  readonly problem?: string
  readonly staysFor?: string
}

interface Parts {
  /** Milliseconds to wait for silence before the condition is made, since an earlier one may leave something behind. */
  readonly patienceMs: number
  readonly here: Installation
  readonly alerts: AlertLog
  readonly report: Report
}

const FIRES_WITHIN_MS = 120_000

/** One drill: its alerts are silent before, fire while the condition is there, and it ends whatever comes of it. */
export async function runDrill(drill: Drill, parts: Parts): Promise<readonly DrillResult[]> {
  const { here, alerts, report, patienceMs } = parts
  report.note(`${drill.condition}: ${drill.alerts.join(', ')}`)
  const sought = drill.alerts.map((alert): Sought => ({ alert, where: drill.where }))
  const early = await silent(sought, alerts, patienceMs)
  const began = Date.now()
  let end: (() => Promise<unknown> | unknown) | undefined
  let problem: string | undefined
  let unended: string | undefined
  try {
    end = await drill.make(here)
    const awaited = sought.filter((one) => !early.includes(one.alert))
    await fired(awaited, drill.withinMs ?? FIRES_WITHIN_MS, parts, began)
  } catch (error) {
    problem = wordsOf(error)
  }
  try {
    await end?.()
  } catch (error) {
    unended = `the condition could not be ended: ${wordsOf(error)}`
  }
  for (const words of [problem, unended]) if (words !== undefined) report.note(`   ${words}`)
  const endedAt = Date.now()
  const results = sought.map(({ alert, where }) => {
    const spell = alerts.spells({ alert, where }).find(({ from }) => from >= began)
    const firedAfter = spell === undefined ? null : (spell.from - began) / 1_000
    const why = early.includes(alert) ? 'fired before' : firedAfter === null ? problem : unended
    const staysFor = drill.stays?.[alert]
    return {
      ...{ alert, where, condition: drill.condition, firedAfter, endedAt },
      ...(why === undefined ? {} : { problem: why }),
      ...(staysFor === undefined ? {} : { staysFor }),
    }
  })
  const told = results.map(
    ({ alert, firedAfter }) => `${alert} ${firedAfter === null ? 'never' : `after ${firedAfter.toFixed(1)} s`}`,
  )
  report.note(`   fired: ${told.join(', ')}${early.length === 0 ? '' : `; fired before: ${early.join(', ')}`}`)
  return results
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
}

async function fired(
  awaited: readonly Sought[],
  deadlineMs: number,
  { alerts, report }: Parts,
  began: number,
): Promise<void> {
  const left = () =>
    awaited.filter((one) => !alerts.spells(one).some(({ from }) => from >= began)).map(({ alert }) => alert)
  const look = () => {
    report.progress(`   waiting for ${left().join(', ')}; firing: ${alerts.firing().join(', ') || 'nothing'}`)
    return left().length === 0
  }
  await waitFor(look, { what: 'the alerts', deadlineMs, everyMs: 500 }).catch(() => {
    throw new Error(`did not fire within ${deadlineMs / 1_000} s: ${left().join(', ')}`)
  })
}

/** Waits until the alerts are silent; gives those that are not. */
export async function silent(
  sought: readonly Sought[],
  alerts: AlertLog,
  deadlineMs: number,
  progress: (left: readonly string[]) => void = () => {},
): Promise<readonly string[]> {
  const loud = () => sought.filter((one) => alerts.isFiring(one)).map(({ alert }) => alert)
  const look = () => {
    progress(loud())
    return loud().length === 0
  }
  await waitFor(look, { what: 'silence', deadlineMs, everyMs: 500 }).catch(() => {})
  return loud()
}

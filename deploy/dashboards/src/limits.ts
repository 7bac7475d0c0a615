import type { Threshold } from '@grafana/grafana-foundation-sdk/dashboard'
import type { Alerts } from './alert-rules.ts'
import type { Limit } from './question.ts'

const COLORS = { worse: 'orange', bad: 'red' }

/** Steps of a threshold, from the lowest: what is on the bad side of every limit has the worst colour. */
export function stepsOf(limits: readonly Limit[]): Threshold[] {
  const sorted = [...limits].sort((a, b) => a.at - b.at)
  if (!sorted.some(({ isBadBelow }) => isBadBelow)) {
    return [
      { value: null, color: 'green' },
      ...sorted.map(({ at, level = 'worse' }) => ({ value: at, color: COLORS[level] })),
    ]
  }
  const colors = [...sorted.map(({ level = 'worse' }) => COLORS[level]), 'green']
  return colors.map((color, index) => ({ value: sorted[index - 1]?.at ?? null, color }))
}

/**
 * Holds a limit against its alert, so that a panel turns red where somebody is told, and not elsewhere.
 * @throws Error that names the panel, the alert and its expression when no comparison of it has the limit
 */
export function checkLimit(title: string, { at, alert }: Limit, alerts: Alerts): void {
  if (alert === undefined) return
  const rules = alerts.get(alert)
  if (rules === undefined) throw new Error(`"${title}": there is no alert ${alert}`)
  const exprs = rules.map(({ expr }) => expr).join(' ')
  const compared = [...exprs.matchAll(/[<>]=?\s*(?:bool\s+)?(-?[\d.]+(?:e-?\d+)?)/g)].map(([, number]) =>
    Number(number),
  )
  if (compared.includes(at)) return
  throw new Error(`"${title}": its limit ${at} is none that ${alert} compares with (${compared.join(', ') || 'none'})`)
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@millrace/local'
import { percentile } from '@millrace/test-support'
import { describeMachine } from '../gateway/results.ts'

/** What was measured on one plan, with folding or without. */
export interface Cell {
  readonly plan: number
  readonly isFolding: boolean
  readonly minutes: number
  readonly events: number
  /** Seconds from Front's event to the first snapshot that reflects it; without an end: never. */
  readonly lags: readonly number[]
  readonly unreflected: number
  /** Calls while the events came, and with what was left to do after. */
  readonly calls: number
  readonly allCalls: number
  readonly pollerCalls: number
  readonly refused: number
  readonly mostInAMinute: number
  readonly wrong: number
  readonly conversations: number
  readonly settledMs: number | null
}

const heads = [
  'plan',
  'fold',
  'min',
  'events',
  'p50 s',
  'p99 s',
  'p99.9 s',
  'never',
  'calls/min',
  'poller/min',
  'part',
  '429',
  'wrong',
]

/** The table in columns of equal width. */
export function linesOf(cells: readonly Cell[]): string[] {
  const rows = [heads, ...cells.map(rowOf)]
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((text, column) => text.padStart(widths[column] ?? 0)).join('  '))
}

/** Writes `test/bench/results/freshness.md`. `shortened`: how a day was made shorter. */
export function writeTable(cells: readonly Cell[], shortened: string, stack: string): void {
  const machine = Object.entries(describeMachine(stack)).map(
    ([fact, value]) => `${fact.replaceAll('_', ' ')}: ${value}`,
  )
  const rows = [heads, heads.map(() => '---'), ...cells.map(rowOf)].map((row) => `| ${row.join(' | ')} |`)
  const text = [
    '# npm run bench -- freshness',
    `Written by the run itself. ${machine.join('; ')}.`,
    shortened,
    'Lag: from Front’s event to the first snapshot that reflects it, as a reader of committed records sees it. Never: not reflected when the run ended. ' +
      'Calls a minute: while the events came, reconciliation among them; the poller beside it lists and reads every changed conversation each minute, without a limit. ' +
      'Wrong: conversations whose last snapshot differs from Front, of all; without folding there is no time given to catch up.',
    rows.join('\n'),
  ]
  writeFileSync(join(root, 'test/bench/results/freshness.md'), `${text.join('\n\n')}\n`)
}

function rowOf(cell: Cell): string[] {
  return [
    String(cell.plan),
    cell.isFolding ? 'yes' : 'no',
    String(cell.minutes),
    String(cell.events),
    ...[50, 99, 99.9].map((percent) => seconds(percentile(cell.lags, percent))),
    String(cell.unreflected),
    (cell.calls / cell.minutes).toFixed(0),
    (cell.pollerCalls / cell.minutes).toFixed(0),
    `${((100 * cell.calls) / cell.pollerCalls).toFixed(1)} %`,
    String(cell.refused),
    `${cell.wrong} of ${cell.conversations}`,
  ]
}

function seconds(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : 'never'
}

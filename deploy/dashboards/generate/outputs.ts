import { readAlerts } from '../src/alert-rules.ts'
import { boards } from '../src/boards/index.ts'
import { buildDashboard } from '../src/build-dashboard.ts'
import type { Board } from '../src/question.ts'

export interface Output {
  readonly name: string
  readonly text: string
}

/** Each dashboard's file, as it should be. @throws Error for a limit or an alert that the chart's rules do not have, and for an alert without a panel */
export function outputs(): Output[] {
  const alerts = readAlerts()
  const shown = new Set(boards.flatMap(alertsOf))
  const hidden = [...alerts.keys()].filter((name) => !shown.has(name))
  if (hidden.length > 0) throw new Error(`no panel shows what these alerts are about: ${hidden.join(', ')}`)
  return boards.map((board) => ({
    name: `${board.name}.json`,
    text: `${JSON.stringify(buildDashboard(board, alerts), withoutPlacement, 2)}\n`,
  }))
}

function alertsOf({ rows }: Board): string[] {
  return rows
    .flatMap(({ questions }) => questions)
    .flatMap(({ alerts = [], limits = [] }) => [...alerts, ...limits.flatMap(({ alert }) => alert ?? [])])
}

/** The builders' default for links hides them in a menu. */
function withoutPlacement(key: string, value: unknown): unknown {
  return key === 'placement' && value === 'inControlsMenu' ? undefined : value
}

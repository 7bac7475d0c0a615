import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from '@millrace/local'

interface Panel {
  readonly type?: string
  readonly title?: string
  readonly targets?: readonly { readonly expr?: string }[]
  /** Of a folded row. */
  readonly panels?: readonly Panel[]
}

/** A Grafana dashboard, as far as the checks look at it. */
export interface Dashboard {
  readonly uid?: string
  readonly title?: string
  readonly panels?: readonly Panel[]
}

/** A ConfigMap holds 1 MiB; its name and labels need some of it. */
const MAX_BYTES = 1_000_000
const WITHOUT_QUERY = new Set(['row', 'text'])

/** The form of the chart's dashboards. That their metrics exist is held by `npm run check:signals`. */
export async function checkDashboards(chart: string, report: Report): Promise<void> {
  const directory = join(chart, 'files/dashboards')
  const names = existsSync(directory) ? (await readdir(directory)).filter((name) => name.endsWith('.json')) : []
  const found: string[] = []
  const dashboards = new Map<string, Dashboard>()
  for (const name of names) {
    const text = await readFile(join(directory, name), 'utf8')
    if (Buffer.byteLength(text) > MAX_BYTES) found.push(`${name}: larger than a ConfigMap takes`)
    dashboards.set(name, JSON.parse(text) as Dashboard)
  }
  found.push(...dashboardProblems(dashboards))
  for (const problem of found) report.note(problem)
  report.figure('dashboards', names.length, { atLeast: 1 })
  report.figure('dashboards: findings', found.length, { exactly: 0 })
}

/** What Grafana would take and nobody could use. One sentence each. */
export function dashboardProblems(dashboards: ReadonlyMap<string, Dashboard>): string[] {
  const owners = new Map<string, string>()
  return Array.from(dashboards).flatMap(([name, { uid = '', title = '', panels = [] }]) => {
    const other = owners.get(uid)
    owners.set(uid, name)
    const all = panels.flatMap((panel) => [panel, ...(panel.panels ?? [])])
    const rules: readonly (readonly [boolean, string])[] = [
      [uid !== '' && title !== '', 'has no uid or no title'],
      [other === undefined, `has the uid of ${other}`],
      [all.length > 0, 'has no panels'],
    ]
    return [
      ...rules.filter(([holds]) => !holds).map(([, text]) => `${name} ${text}`),
      ...all.flatMap((panel) => panelProblems(panel).map((text) => `${name}, panel "${panel.title ?? ''}": ${text}`)),
    ]
  })
}

function panelProblems({ type = '', title = '', targets = [] }: Panel): string[] {
  if (WITHOUT_QUERY.has(type)) return []
  const found = title === '' ? ['has no title'] : []
  if (targets.length === 0) found.push('asks nothing')
  if (targets.some(({ expr = '' }) => expr === '')) found.push('has a query without an expression')
  return found
}

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type KnownLabels, unknownNames } from '@millrace/dashboards/names'
import type { Report } from '@millrace/local'

interface Panel {
  readonly type?: string
  readonly title?: string
  readonly targets?: readonly { readonly expr?: string; readonly legendFormat?: string }[]
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

/** The chart's dashboards: their form, and that every metric and label that they name exists. That services really export these is held by `npm run check:signals`. */
export async function checkDashboards(chart: string, known: KnownLabels, report: Report): Promise<void> {
  const directory = join(chart, 'files/dashboards')
  const names = existsSync(directory) ? (await readdir(directory)).filter((name) => name.endsWith('.json')) : []
  const found: string[] = []
  const dashboards = new Map<string, Dashboard>()
  for (const name of names) {
    const text = await readFile(join(directory, name), 'utf8')
    if (Buffer.byteLength(text) > MAX_BYTES) found.push(`${name}: larger than a ConfigMap takes`)
    dashboards.set(name, JSON.parse(text) as Dashboard)
  }
  found.push(...dashboardProblems(dashboards, known))
  for (const problem of found) report.note(problem)
  report.figure('dashboards', names.length, { atLeast: 1 })
  report.figure('dashboards: findings', found.length, { exactly: 0 })
  report.figure('a spoilt dashboard: findings', dashboardProblems(spoilt(dashboards), known).length, { exactly: 2 })
}

/** One of them with a panel that asks nothing in its title, of a metric that nothing exports: were it taken, this check would hold nothing. */
function spoilt(dashboards: ReadonlyMap<string, Dashboard>): ReadonlyMap<string, Dashboard> {
  const panel = { type: 'stat', title: 'Events', targets: [{ expr: 'sum(rate(millrace_no_such_thing_total[5m]))' }] }
  return new Map(
    [...dashboards].slice(0, 1).map(([name, one]) => [name, { ...one, panels: [...(one.panels ?? []), panel] }]),
  )
}

/** What Grafana would take and nobody could use. One sentence each. */
export function dashboardProblems(dashboards: ReadonlyMap<string, Dashboard>, known: KnownLabels): string[] {
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
      ...all.flatMap((panel) =>
        panelProblems(panel, known).map((text) => `${name}, panel "${panel.title ?? ''}": ${text}`),
      ),
    ]
  })
}

function panelProblems({ type = '', title = '', targets = [] }: Panel, known: KnownLabels): string[] {
  if (WITHOUT_QUERY.has(type)) return []
  const found = title === '' ? ['has no title'] : title.endsWith('?') ? [] : ['its title is no question']
  if (targets.length === 0) found.push('asks nothing')
  if (targets.some(({ expr = '' }) => expr === '')) found.push('has a query without an expression')
  return [...found, ...targets.flatMap(({ expr = '', legendFormat = '' }) => unknownIn(expr, legendFormat, known))]
}

function unknownIn(expr: string, legend: string, known: KnownLabels): string[] {
  if (expr === '') return []
  try {
    return unknownNames(expr, legend, known).map((name) => `nothing exports ${name}`)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

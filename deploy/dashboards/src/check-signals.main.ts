// Starts every service with traffic in which things go wrong, runs Prometheus with the chart's rules over them, and holds dashboards, rules and runbooks against what is really exported: nothing may name a metric or a label that does not exist, and no panel may be without data. --minutes 4 (at most), --pictures draws the dashboards into docs/images/dashboards.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Report, root, startReport } from '@millrace/local'
import { type PrometheusServer, startPrometheus } from '@millrace/test-support'
import { parse, stringify } from 'yaml'
import { readRules, ruleFiles } from './alert-rules.ts'
import { askPanels, type PanelFinding } from './check/ask-panels.ts'
import { checkRules, checkRunbooks, type RuleFinding } from './check/check-rules.ts'
import { startInstallation } from './check/installation.ts'
import { readKnownLabels } from './check/known-labels.ts'
import { readDashboards } from './check/read-panels.ts'
import { startTraffic } from './check/traffic.ts'
import { tableOf } from './check/write-table.ts'
import { collect } from './pictures/collect.ts'
import type { PictureOfDashboard } from './pictures/page/picture.ts'
import { takePictures } from './pictures/take-pictures.ts'

const { values: args } = parseArgs({
  options: {
    minutes: { type: 'string', default: '4' },
    least: { type: 'string', default: '1' },
    pictures: { type: 'boolean', default: false },
  },
})
const MINUTE = 60_000
const AT_LEAST_MS = Number(args.least) * MINUTE
const AT_MOST_MS = Number(args.minutes) * MINUTE
const LOOK_EVERY_MS = 5_000

interface Found {
  readonly panels: readonly PanelFinding[]
  readonly rules: readonly RuleFinding[]
}

const report = startReport('check signals')
const installation = await startInstallation(report)
try {
  const prometheus = await startPrometheus({
    targets: installation.targets,
    rules: promptRules(report),
    scrapeInterval: '5s',
  })
  await prometheus.scraped(60_000)
  const began = Date.now()
  const traffic = await startTraffic(installation)
  report.note('traffic has begun')
  const found = await lookUntilWell(prometheus, began, report)
  tell(found, report)
  if (args.pictures) await drawDashboards(prometheus, began, report)
  await traffic.stop()
  await prometheus.stop()
} finally {
  await installation.stop()
}
await report.finish()

/** Panels fill one after the other; the look that finds nothing wrong, or the last one in time, counts. One that got no answer in time is none, unless it is the last. */
async function lookUntilWell(prometheus: PrometheusServer, began: number, { progress, note }: Report): Promise<Found> {
  for (;;) {
    await sleep(LOOK_EVERY_MS)
    const isLast = () => Date.now() - began >= AT_MOST_MS
    try {
      const found = await look(prometheus)
      const wrong = [...found.panels, ...found.rules].filter(({ problems }) => problems.length > 0).length
      progress(`${found.panels.length} panels, ${found.rules.length} rules and runbooks, ${wrong} of them wrong`)
      if ((wrong === 0 && Date.now() - began >= AT_LEAST_MS) || isLast()) return found
    } catch (error) {
      if (isLast()) throw error
      note(`Prometheus does not answer: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

async function look(prometheus: PrometheusServer): Promise<Found> {
  const known = await readKnownLabels(prometheus)
  const panels = await askPanels(readDashboards(), prometheus, known)
  const rules = [...checkRules(readRules(), known), ...(await failedRules(prometheus)), ...checkRunbooks(known)]
  return { panels, rules }
}

/** Rules that Prometheus could not evaluate. */
async function failedRules(prometheus: PrometheusServer): Promise<readonly RuleFinding[]> {
  const rules = await prometheus.rules()
  return rules
    .filter(({ health }) => health === 'err')
    .map(({ group, name, lastError = '' }) => ({ file: `group ${group}`, rule: name, problems: [lastError] }))
}

/** The chart's rules, evaluated as often as is scraped: a run is too short for groups that are evaluated each half minute. */
function promptRules({ dir }: Report): readonly string[] {
  const directory = join(dir, 'rules')
  mkdirSync(directory, { recursive: true })
  return ruleFiles().map((file) => {
    const { groups } = parse(readFileSync(file, 'utf8')) as {
      readonly groups: readonly { readonly interval?: string }[]
    }
    const copy = join(directory, basename(file))
    writeFileSync(copy, stringify({ groups: groups.map(({ interval: _, ...group }) => group) }))
    return copy
  })
}

/** The dashboards as the docs show them. */
async function drawDashboards(prometheus: PrometheusServer, began: number, { note }: Report): Promise<void> {
  const times = { start: Math.ceil(began / 1_000), end: Math.floor(Date.now() / 1_000), step: 5 }
  const drawn = new Map<string, PictureOfDashboard>()
  for (const dashboard of readDashboards())
    drawn.set(basename(dashboard.file, '.json'), await collect(dashboard, prometheus, times))
  const directory = join(root, 'docs/images/dashboards')
  await takePictures(drawn, directory)
  note(`${drawn.size} pictures are in ${directory}`)
}

function tell({ panels, rules }: Found, { note, figure }: Report): void {
  const table = tableOf(panels, rules)
  const directory = join(root, '.local/reports')
  mkdirSync(directory, { recursive: true })
  const file = join(directory, 'signals.md')
  writeFileSync(file, table)
  for (const line of table.split('\n').filter((each) => each.startsWith('- '))) note(line)
  note(`everything that was asked and found is in ${file}`)
  figure('panels', panels.length, { atLeast: 1 })
  figure('panels that name what nothing exports', withProblem(panels, 'nothing exports'), { exactly: 0 })
  figure('panels without data', panels.filter(({ problems }) => problems.length > 0).length, { exactly: 0 })
  figure('rules and runbooks', rules.length, { atLeast: 1 })
  figure('rules and runbooks that name what is not there', rules.filter(({ problems }) => problems.length > 0).length, {
    exactly: 0,
  })
}

function withProblem(panels: readonly PanelFinding[], text: string): number {
  return panels.filter(({ problems }) => problems.some((problem) => problem.startsWith(text))).length
}

// Fire drill: ten healthy minutes of a whole installation under load in which no alert may fire (--minutes), then the condition of each alert is made to happen and a real Prometheus with the chart's rules must fire it, a minute of its windows taking a second. --only NAME for some alerts; --patience 300: seconds for which a drill waits until its alerts are silent.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Report, startReport } from '@millrace/local'
import {
  deployedServices,
  type PrometheusOptions,
  type PrometheusServer,
  startPrometheus,
} from '@millrace/test-support'
import { type AlertLog, followAlerts } from './drill/alert-log.ts'
import { drills } from './drill/drills.ts'
import { FACTOR, type Installation, startInstallation } from './drill/installation.ts'
import { writeLastWeek } from './drill/last-week.ts'
import { fastRuleFiles, ruleFiles } from './drill/rule-files.ts'
import { type DrillResult, runDrill, silent } from './drill/run-drills.ts'
import { textTable } from './gateway/text-table.ts'

const { values: args } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    only: { type: 'string', multiple: true, default: [] },
    patience: { type: 'string', default: '300' },
  },
})
const HEALTHY_MINUTES = Number(args.minutes)
/** First joins and what was there before anybody looked. */
const WARM_UP_MS = 30_000
const SILENT_AFTER_MS = 420_000
const WEEK_S = 7 * 86_400
const DRILLS_AT_MOST_S = 3_600
/** An hour of the rules. */
const LONGEST_COMPARED_S = 60
/** What some alert asks for with `offset 1w`. */
const comparedWithLastWeek = [
  'millrace_gateway_events_total',
  'millrace_dedup_events_total',
  'millrace_source:events_type:share1h',
  'http_server_request_duration_bucket{job="gateway"}',
]

const report = startReport('chaos drill')
const here = await startInstallation(report)
const open: (() => Promise<unknown>)[] = []
try {
  await prove(here, report)
} finally {
  for (const close of open.splice(0).toReversed()) await close()
  await here.stop()
}
await report.finish()

async function prove(running: Installation, { note, progress, figure, dir }: Report): Promise<void> {
  progress('everything runs; warming up')
  await sleep(WARM_UP_MS)
  const real = await watch(running, { rules: ruleFiles(), scrapeInterval: '15s' })
  const rules = fastRuleFiles(join(dir, 'rules'), FACTOR)
  const fast = await watch(running, { rules, scrapeInterval: '1s' })

  note(`${HEALTHY_MINUTES} healthy minutes`)
  const from = Date.now() / 1_000
  await healthy([real.alerts, fast.alerts], HEALTHY_MINUTES * 60_000, progress)
  figure('healthy minutes', HEALTHY_MINUTES)
  figure('alerts that fired in them', told(real.alerts.names()), { exactly: 'none' })
  // Their limits of ages are a sixtieth: they need not be silent, but before their own drill.
  figure('alerts that fired in them by the faster rules', told(fast.alerts.names()))
  const history = join(dir, 'last-week.txt')
  const series = await writeLastWeek(history, {
    prometheus: fast.prometheus,
    healthy: { from: from + Math.min(LONGEST_COMPARED_S, HEALTHY_MINUTES * 30), until: Date.now() / 1_000 },
    names: comparedWithLastWeek,
    offset: WEEK_S / FACTOR,
    seconds: DRILLS_AT_MOST_S,
  })
  note(`last week is made of ${series} series of the healthy minutes`)
  await Promise.all([real.stop(), fast.stop()])

  const { prometheus, alerts } = await watch(running, { rules, scrapeInterval: '1s', history })
  await sleep(LONGEST_COMPARED_S * 1_000)
  const results: DrillResult[] = []
  const patienceMs = Number(args.patience) * 1_000
  const chosen = drills.filter(
    (drill) => args.only.length === 0 || drill.alerts.some((name) => args.only.includes(name)),
  )
  for (const drill of chosen) results.push(...(await runDrill(drill, { here: running, alerts, report, patienceMs })))
  note('every condition is over')
  const awaited = results.filter(({ staysFor }) => staysFor === undefined)
  const loud = await silent(awaited, alerts, SILENT_AFTER_MS, (left) => progress(`still firing: ${left.join(', ')}`))
  tell(results, alerts)

  const known = [
    ...new Set((await prometheus.rules()).filter(({ type }) => type === 'alerting').map(({ name }) => name)),
  ]
  const covered = [...new Set(drills.flatMap((drill) => drill.alerts))]
  figure('alerts', known.length)
  figure('alerts without a drill', told(known.filter((name) => !covered.includes(name))), { exactly: 'none' })
  figure('drills without an alert', told(covered.filter((name) => !known.includes(name))), { exactly: 'none' })
  figure('alerts that fired in their drill', results.filter(isFired).length, { exactly: results.length })
  figure('alerts that are silent again', awaited.length - loud.length, { exactly: awaited.length })
}

/** A Prometheus over every service, and who follows its alerts. */
async function watch(running: Installation, options: Omit<PrometheusOptions, 'targets'>): Promise<Watch> {
  const targets = deployedServices.map((job) => ({ job, url: running.service(job).adminUrl }))
  const prometheus = await startPrometheus({ targets, ...options })
  const alerts = followAlerts(prometheus)
  const stop = async () => {
    await alerts.stop()
    await prometheus.stop()
  }
  open.push(stop)
  await prometheus.scraped(60_000)
  return { prometheus, alerts, stop }
}

interface Watch {
  readonly prometheus: PrometheusServer
  readonly alerts: AlertLog
  stop(): Promise<void>
}

function told(names: readonly string[]): string {
  return names.join(', ') || 'none'
}

/** Steady load and nothing else; says what fires. */
async function healthy(logs: readonly AlertLog[], forMs: number, progress: (text: string) => void): Promise<void> {
  const until = Date.now() + forMs
  while (Date.now() < until) {
    const firing = logs.flatMap((log) => log.firing())
    progress(`healthy, ${Math.round((until - Date.now()) / 1_000)} s to go; firing: ${firing.join(', ') || 'nothing'}`)
    await sleep(5_000)
  }
}

function isFired({ firedAfter, problem }: DrillResult): boolean {
  return firedAfter !== null && problem === undefined
}

function tell(results: readonly DrillResult[], alerts: AlertLog): void {
  const rows = results.map(({ alert, where, condition, firedAfter, endedAt, problem, staysFor }) => {
    const ends = alerts.spells({ alert, where }).map(({ until }) => until)
    const until = ends.includes(null) ? null : Math.max(...ends.map(Number))
    const silentAfter =
      until === null ? (staysFor ?? 'still firing') : Math.max(0, (until - endedAt) / 1_000).toFixed(1)
    return [alert, condition, firedAfter?.toFixed(1) ?? '-', firedAfter === null ? '-' : silentAfter, problem ?? '']
  })
  console.log(textTable(['alert', 'condition', 'fired after s', 'silent again after s', ''], rows))
}

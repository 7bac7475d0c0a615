import type { PrometheusServer } from '@millrace/test-support'
import { type KnownLabels, unknownNames } from './check-names.ts'
import { type DashboardJson, filledIn, type PanelJson, panelsOf } from './read-panels.ts'

export interface PanelFinding {
  readonly dashboard: string
  readonly panel: string
  readonly queries: number
  /** Series over all its queries. */
  readonly series: number
  /** What is wrong with it; empty when nothing is. */
  readonly problems: readonly string[]
}

type Asked = Pick<PrometheusServer, 'query' | 'queryRange'>

/** A rate over some scrapes; what is "in the time that is shown" is what the run has lasted at most. */
export const DURATIONS = { rate: '30s', range: '10m' }

/** Asks Prometheus what Grafana would ask it for each panel. A query without an answer, or with nothing but NaN, is a problem of its panel. */
export async function askPanels(
  dashboards: readonly DashboardJson[],
  prometheus: Asked,
  known: KnownLabels,
): Promise<readonly PanelFinding[]> {
  const asked = dashboards.flatMap((dashboard) => panelsOf(dashboard).map((panel) => ({ dashboard, panel })))
  return Promise.all(
    asked.map(async ({ dashboard, panel }) => {
      const answers = await Promise.all((panel.targets ?? []).map((target) => askTarget(target, prometheus, known)))
      return {
        dashboard: dashboard.title,
        panel: panel.title,
        queries: answers.length,
        series: answers.reduce((sum, { series }) => sum + series, 0),
        problems: answers.length === 0 ? ['has no query'] : answers.flatMap(({ problems }) => problems),
      }
    }),
  )
}

async function askTarget(
  { expr, legendFormat = '', instant = false }: NonNullable<PanelJson['targets']>[number],
  prometheus: Asked,
  known: KnownLabels,
): Promise<{ readonly series: number; readonly problems: readonly string[] }> {
  const unknown = unknownNames(expr, legendFormat, known).map((name) => `nothing exports ${name}`)
  if (unknown.length > 0) return { series: 0, problems: unknown }
  try {
    const series = await countAnswers(filledIn(expr, DURATIONS), instant, prometheus)
    return { series, problems: series === 0 ? [`no data: ${expr}`] : [] }
  } catch (error) {
    return { series: 0, problems: [error instanceof Error ? error.message : String(error)] }
  }
}

/** What is shown over time has data where any moment of the last two minutes has; a scrape that a busy machine missed is no fault of a panel. */
async function countAnswers(expr: string, instant: boolean, prometheus: Asked): Promise<number> {
  if (instant) {
    const samples = await prometheus.query(expr)
    return samples.filter(({ value }) => !Number.isNaN(value)).length
  }
  const end = Date.now() / 1_000
  const series = await prometheus.queryRange(expr, { start: end - 120, end, step: 5 })
  return series.filter(({ points }) => points.some(([, value]) => !Number.isNaN(value))).length
}

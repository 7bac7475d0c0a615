import type { PrometheusServer } from '@millrace/test-support'
import { type DashboardJson, filledIn, type PanelJson, panelsOf, type Target } from '../check/read-panels.ts'
import type { NamedSeries, Picture, PictureOfDashboard } from './page/picture.ts'

export interface Times {
  /** Epoch seconds. */
  readonly start: number
  readonly end: number
  readonly step: number
}

/** What Prometheus answers to each panel of a dashboard, over a time. */
export async function collect(
  dashboard: DashboardJson,
  prometheus: Pick<PrometheusServer, 'query' | 'queryRange'>,
  times: Times,
): Promise<PictureOfDashboard> {
  const { title, description, panels } = dashboard
  const rows = panels.filter(({ type }) => type === 'row').map((row) => ({ title: row.title, y: row.gridPos.y }))
  const pictures = await Promise.all(panelsOf(dashboard).map((panel) => collectPanel(panel, prometheus, times)))
  return { title, description, rows, pictures }
}

async function collectPanel(
  panel: PanelJson,
  prometheus: Pick<PrometheusServer, 'query' | 'queryRange'>,
  times: Times,
): Promise<Picture> {
  const { start, end, step } = times
  const moments = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, place) => start + place * step)
  const durations = { rate: '30s', range: `${Math.round(end - start)}s` }
  const answers = await Promise.all(
    (panel.targets ?? []).map(async (target): Promise<NamedSeries[]> => {
      const expr = filledIn(target.expr, durations)
      if (target.instant) {
        const samples = await prometheus.query(expr, end)
        return samples.map(({ labels, value }) => ({ name: nameOf(target, labels), labels, values: [value] }))
      }
      const series = await prometheus.queryRange(expr, times)
      return series.map(({ labels, points }) => ({
        name: nameOf(target, labels),
        labels,
        values: atMoments(points, moments),
      }))
    }),
  )
  return { panel, times: moments, series: answers.flat() }
}

/** As Grafana does: the legend with its labels filled in. */
function nameOf({ legendFormat = '' }: Target, labels: Readonly<Record<string, string>>): string {
  return legendFormat.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '')
}

function atMoments(points: readonly (readonly [number, number])[], moments: readonly number[]): (number | null)[] {
  const byTime = new Map(points.map(([at, value]) => [Math.round(at), value]))
  return moments.map((moment) => {
    const value = byTime.get(Math.round(moment))
    return value === undefined || !Number.isFinite(value) ? null : value
  })
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@millrace/local'

export interface Target {
  readonly expr: string
  readonly legendFormat?: string
  readonly instant?: boolean
  readonly format?: string
}

/** A panel as Grafana gets it. */
export interface PanelJson {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly Target[]
  readonly fieldConfig?: FieldConfig
  readonly options?: { readonly legend?: { readonly placement?: string } }
  readonly transformations?: readonly { readonly id: string; readonly options: { readonly indexByName?: object } }[]
}

export interface FieldConfig {
  readonly defaults: {
    readonly unit?: string
    readonly decimals?: number
    readonly min?: number
    readonly max?: number
    readonly color?: { readonly mode: string }
    readonly thresholds?: { readonly steps: readonly { readonly value: number | null; readonly color: string }[] }
    readonly noValue?: string
    readonly mappings?: readonly { readonly options: Readonly<Record<string, { text: string; color: string }>> }[]
    readonly custom?: { readonly stacking?: { readonly mode: string } }
  }
  readonly overrides: readonly {
    readonly matcher: { readonly options: string }
    readonly properties: readonly { readonly id: string; readonly value: { readonly fixedColor?: string } }[]
  }[]
}

export interface DashboardJson {
  readonly file: string
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly panels: readonly PanelJson[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[]
  }
}

const directory = join(root, 'deploy/helm/millrace/files/dashboards')

/** The chart's dashboards, as they are shipped. */
export function readDashboards(): readonly DashboardJson[] {
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'))
  return files.sort().map((file) => ({ file, ...JSON.parse(readFileSync(join(directory, file), 'utf8')) }))
}

export function panelsOf(dashboard: DashboardJson): readonly PanelJson[] {
  return dashboard.panels.filter(({ type }) => type !== 'row')
}

/** An expression as Grafana would send it: every variable at `All`, and durations that fit a short run. */
export function filledIn(expr: string, durations: { readonly rate: string; readonly range: string }): string {
  return expr
    .replaceAll('$__rate_interval', durations.rate)
    .replaceAll('$__interval', durations.rate)
    .replaceAll('$__range', durations.range)
    .replace(/\$(namespace|source|group|account|tenant)\b/g, '.*')
}

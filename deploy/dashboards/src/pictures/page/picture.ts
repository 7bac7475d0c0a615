import type { PanelJson } from '../../check/read-panels.ts'

/** A series with its name in the legend. Times are epoch seconds; null where there is no value. */
export interface NamedSeries {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly values: readonly (number | null)[]
}

/** What a panel is drawn from. An answer for one moment has one value a series. */
export interface Picture {
  readonly panel: PanelJson
  readonly times: readonly number[]
  readonly series: readonly NamedSeries[]
}

export interface PictureOfDashboard {
  readonly title: string
  readonly description: string
  readonly rows: readonly { readonly title: string; readonly y: number }[]
  readonly pictures: readonly Picture[]
}

/** Of a panel whose values make its colours. */
export type Defaults = NonNullable<PanelJson['fieldConfig']>['defaults']

export function defaultsOf({ panel }: Picture): Defaults {
  return panel.fieldConfig?.defaults ?? {}
}

/**
 * How an answer is drawn: lines over time; areas on top of each other, where the sum means something; one number with its recent course;
 * bars of what is the case now, or in the time that is shown; a table of it; one band of states a series over time.
 */
export type Kind = 'lines' | 'areas' | 'number' | 'bars' | 'table' | 'states'

/** Units by Grafana's ids (https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/). */
export type Unit = 'short' | 'percentunit' | 's' | 'bytes' | 'Bps' | 'reqps' | 'eps' | 'recps' | 'ops' | 'd'

export interface Query {
  /** PromQL, with `$__rate_interval`, `$__range` and the dashboard's variables. */
  readonly expr: string
  /** Name of each series, short: `{{source}}`. */
  readonly legend?: string
}

/** From where on an answer is bad. A limit of an alert names it, and is held against its expression when the dashboards are generated. */
export interface Limit {
  readonly at: number
  /** Default `worse`; `bad` is what an alert of severity page, or the objective, names. */
  readonly level?: 'worse' | 'bad'
  /** Default: what is above it is bad. */
  readonly isBadBelow?: boolean
  readonly alert?: string
}

/** A panel: what it answers, from what, and what to do with the answer. */
export interface Question {
  /** Ends with a question mark. */
  readonly title: string
  /** What is to be seen, and what to do when it looks wrong. Markdown. */
  readonly advice: string
  readonly kind: Kind
  readonly unit: Unit
  readonly queries: readonly Query[]
  readonly limits?: readonly Limit[]
  /** Alerts about the same, whose runbooks are linked. Those of `limits` are linked without being named again. */
  readonly alerts?: readonly string[]
  /** Columns of 24. Default 8. */
  readonly width?: number
  /** Grid rows of 30 pixels. Default 8; 4 for a number. */
  readonly height?: number
  readonly min?: number
  readonly max?: number
  readonly decimals?: number
  /** Words for values: `{ 0: 'no', 1: 'yes' }`; `good` and `bad` ones are coloured. */
  readonly words?: Readonly<Record<number, { readonly text: string; readonly tone: 'good' | 'bad' | 'neutral' }>>
  /** Where the legend stands; default below. */
  readonly names?: 'below' | 'right'
  /** What stands there when there is nothing to tell, and that is good. */
  readonly none?: string
  /** Labels that a table shows, in this order; all others are hidden. */
  readonly columns?: readonly string[]
  /** Colours by name of the series, where they mean something. */
  readonly colors?: Readonly<Record<string, string>>
}

export interface Row {
  readonly title: string
  readonly questions: readonly Question[]
}

/** A variable whose values are those of a label. */
export interface Choice {
  readonly name: string
  readonly label: string
  /** `label_values(metric, label)`. */
  readonly values: string
}

export interface Board {
  /** File name and, with `millrace-` before it, uid. */
  readonly name: string
  readonly title: string
  readonly description: string
  readonly choices?: readonly Choice[]
  readonly rows: readonly Row[]
}

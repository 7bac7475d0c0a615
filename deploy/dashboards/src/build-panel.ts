import { PanelBuilder as BarsBuilder } from '@grafana/grafana-foundation-sdk/bargauge'
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  AxisPlacement,
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  GraphGradientMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardLinkBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as NumberBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as StatesBuilder } from '@grafana/grafana-foundation-sdk/statetimeline'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import type { Alerts } from './alert-rules.ts'
import { checkLimit, stepsOf } from './limits.ts'
import type { Kind, Question } from './question.ts'

export const DATASOURCE = { type: 'prometheus', uid: '$' + '{datasource}' }

type AnyBuilder = LinesBuilder | NumberBuilder | BarsBuilder | TableBuilder | StatesBuilder

const builders: Readonly<Record<Kind, (question: Question) => AnyBuilder>> = {
  lines: (question) => overTime(question).fillOpacity(5),
  areas: (question) =>
    overTime(question)
      .fillOpacity(40)
      .gradientMode(GraphGradientMode.Opacity)
      .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('all')),
  number: () =>
    new NumberBuilder().graphMode(BigValueGraphMode.Area).colorMode(BigValueColorMode.Value).reduceOptions(lastValue()),
  bars: () =>
    new BarsBuilder()
      .displayMode(BarGaugeDisplayMode.Basic)
      .orientation(VizOrientation.Horizontal)
      .showUnfilled(true)
      .reduceOptions(lastValue()),
  table: (question) => tableOf(question),
  states: () =>
    new StatesBuilder()
      .showValue(VisibilityMode.Never)
      .mergeValues(true)
      .rowHeight(0.8)
      .legend(new VizLegendOptionsBuilder().showLegend(false)),
}

const HEIGHTS: Partial<Record<Kind, number>> = { number: 4 }
const INSTANT: readonly Kind[] = ['bars', 'table']

/** @throws Error for a limit that its alert does not have, and for an alert that does not exist */
export function buildPanel(question: Question, id: number, known: Alerts): Builder<Panel> {
  const { title, advice, kind, unit, queries, limits = [], width = 8, height = HEIGHTS[kind] ?? 8 } = question
  for (const limit of limits) checkLimit(title, limit, known)
  const builder = builders[kind](question)
    .id(id)
    .title(title)
    .description(advice)
    .unit(unit)
    .span(width)
    .height(height)
    .datasource(DATASOURCE)
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(stepsOf(limits)))
    .colorScheme(new FieldColorBuilder().mode(colorMode(question)))
    .links(runbooks(question, known))
  if (question.min !== undefined) builder.min(question.min)
  if (question.max !== undefined) builder.max(question.max)
  if (question.decimals !== undefined) builder.decimals(question.decimals)
  if (question.none !== undefined) builder.noValue(question.none)
  if (question.words !== undefined) builder.mappings(mappingsOf(question.words))
  for (const [name, color] of Object.entries(question.colors ?? {}))
    builder.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }])
  for (const [index, query] of queries.entries()) builder.withTarget(targetOf(query, kind, index))
  return builder
}

function overTime({ limits = [], names = 'below' }: Question): LinesBuilder {
  const builder = new LinesBuilder()
    .lineWidth(1)
    .showPoints(VisibilityMode.Never)
    .spanNulls(false)
    .axisPlacement(AxisPlacement.Auto)
    .axisSoftMin(0)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(names === 'right' ? LegendPlacement.Right : LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
  return limits.length === 0
    ? builder
    : builder.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
}

function tableOf({ columns = [] }: Question): TableBuilder {
  const order = [...columns, 'Value']
  return new TableBuilder().withTransformation({
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
      renameByName: {},
    },
  })
}

function lastValue(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)
}

function targetOf({ expr, legend = '' }: Question['queries'][number], kind: Kind, index: number): DataqueryBuilder {
  const query = new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(DATASOURCE)
    .expr(expr)
    .legendFormat(legend)
  if (!INSTANT.includes(kind)) return query.range()
  return kind === 'table' ? query.instant().format(PromQueryFormat.Table) : query.instant()
}

function colorMode({ kind, limits = [], words }: Question): FieldColorModeId {
  const isByValue = kind === 'number' || kind === 'states' || (kind === 'bars' && limits.length > 0)
  return isByValue || words !== undefined ? FieldColorModeId.Thresholds : FieldColorModeId.PaletteClassicByName
}

const TONES = { good: 'green', bad: 'red', neutral: 'blue' }

function mappingsOf(words: NonNullable<Question['words']>): ValueMapping[] {
  const options = Object.entries(words).map(([value, { text, tone }], index) => [
    value,
    { text, color: TONES[tone], index },
  ])
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }]
}

function runbooks({ title, alerts = [], limits = [] }: Question, known: Alerts) {
  const names = new Set([...alerts, ...limits.flatMap(({ alert }) => alert ?? [])])
  return [...names].map((name) => {
    const url = known.get(name)?.[0]?.annotations.runbook_url
    if (url === undefined) throw new Error(`"${title}": there is no alert ${name} with a runbook_url`)
    return new DashboardLinkBuilder(`Runbook: ${name.replace('Millrace', '')}`).url(url).targetBlank(true)
  })
}

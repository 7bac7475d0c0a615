import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import type { Alerts } from './alert-rules.ts'
import { buildPanel, DATASOURCE } from './build-panel.ts'
import type { Board, Choice } from './question.ts'

const NAMESPACE: Choice = { name: 'namespace', label: 'Namespace', values: 'label_values(millrace_ready, namespace)' }

/**
 * The JSON that Grafana's provisioning takes (schema of dashboards v1, which every Grafana since 10 reads).
 * @throws Error for a line of panels that is too wide, and for limits and alerts that the rules do not have
 */
export function buildDashboard(board: Board, alerts: Alerts): Dashboard {
  const builder = new DashboardBuilder(board.title)
    .uid(`millrace-${board.name}`)
    .description(board.description)
    .tags(['millrace'])
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .readonly()
    .link(
      new DashboardLinkBuilder('Millrace')
        .type(DashboardLinkType.Dashboards)
        .tags(['millrace'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
  for (const choice of [NAMESPACE, ...(board.choices ?? [])]) builder.withVariable(variableOf(choice))
  let id = 1
  for (const { title, questions } of board.rows) {
    builder.withRow(new RowBuilder(title).id(id++))
    for (const question of questions) builder.withPanel(buildPanel(question, id++, alerts))
  }
  const dashboard = builder.build()
  checkPlaces(dashboard)
  return dashboard
}

const COLUMNS = 24

/** The builder lets a panel begin in any line that has room left. */
function checkPlaces({ title, panels = [] }: Dashboard): void {
  for (const { title: panel, gridPos } of panels) {
    if (gridPos !== undefined && gridPos.x + gridPos.w > COLUMNS)
      throw new Error(`${title}: the panels beside "${panel}" and itself are wider than ${COLUMNS} columns together`)
  }
}

function variableOf({ name, label, values }: Choice): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(values)
    .definition(values)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all', selected: true })
}

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type KnownLabels, unknownNames } from '@millrace/dashboards/names'
import { type Report, root } from '@millrace/local'
import { parse } from 'yaml'
import { debianTool } from './debian-tools.ts'
import { output } from './tools.ts'

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** A file of Prometheus rules, as far as the checks look at it. */
export interface RuleFile {
  readonly groups?: readonly { readonly name: string; readonly rules?: readonly Rule[] }[]
}

interface RuleTests {
  readonly tests?: readonly {
    readonly alert_rule_test?: readonly { readonly alertname: string }[]
    readonly promql_expr_test?: readonly { readonly expr: string }[]
  }[]
}

const tests = join(root, 'deploy/helm/test/rules')
const SEVERITIES = ['page', 'ticket']
const RUNBOOK = /deploy\/runbooks\/[a-z0-9-]+\.md$/

/** Prometheus's own checks of the chart's rules and their tests, and what we ask of every alert. */
export async function checkRules(chart: string, known: KnownLabels, report: Report): Promise<void> {
  const rules = await filesIn(join(chart, 'files/rules'), '.yaml')
  const testFiles = await filesIn(tests, '.test.yaml')
  report.figure('rule files', rules.length, { atLeast: 1 })
  report.figure('files of rule tests', testFiles.length, { atLeast: 1 })
  if (rules.length === 0 || testFiles.length === 0) return
  const promtool = await debianTool('promtool', report.note)
  for (const [name, args] of [
    ['promtool check rules', ['check', 'rules', '--lint=all', '--lint-fatal', ...rules]],
    ['promtool test rules', ['test', 'rules', ...testFiles]],
  ] as const) {
    const { code, text, errors } = await output(promtool, args)
    if (code !== 0) for (const line of `${text}${errors}`.trim().split('\n').slice(0, 40)) report.note(line)
    report.figure(name, code, { exactly: 0 })
  }
  const files = await Promise.all(rules.map(async (path) => parse(await readFile(path, 'utf8')) as RuleFile))
  const tested = await Promise.all(testFiles.map(async (path) => parse(await readFile(path, 'utf8')) as RuleTests))
  const found = [
    ...alertProblems(files, namesTested(tested), (path) => existsSync(join(root, path))),
    ...unknownInRules(files, known),
  ]
  for (const problem of found) report.note(problem)
  report.figure('alerts', alertsIn(files).length, { atLeast: 1 })
  report.figure('rules that lack severity, texts, runbook or test, or name what nothing exports', found.length, {
    exactly: 0,
  })
}

/** What an alert lacks before somebody can be woken by it. One sentence each. */
export function alertProblems(
  files: readonly RuleFile[],
  tested: ReadonlySet<string>,
  isThere: (path: string) => boolean,
): string[] {
  return alertsIn(files).flatMap(({ alert = '', labels = {}, annotations = {} }) => {
    const runbook = RUNBOOK.exec(annotations.runbook_url ?? '')?.[0]
    const rules: readonly (readonly [boolean, string])[] = [
      [alert.startsWith('Millrace'), 'its name does not begin with Millrace'],
      [SEVERITIES.includes(labels.severity ?? ''), `labels.severity is none of ${SEVERITIES.join(', ')}`],
      [(annotations.summary ?? '') !== '', 'has no summary'],
      [(annotations.description ?? '') !== '', 'has no description'],
      [runbook !== undefined, 'annotations.runbook_url leads to no deploy/runbooks/NAME.md'],
      [runbook === undefined || isThere(runbook), `${runbook} does not exist`],
      [tested.has(alert), 'no promtool test names it'],
    ]
    return rules.filter(([holds]) => !holds).map(([, text]) => `alert ${alert}: ${text}`)
  })
}

/** Metrics and labels of rules that nothing exports. One sentence each. */
export function unknownInRules(files: readonly RuleFile[], known: KnownLabels): string[] {
  const rules = files.flatMap(({ groups = [] }) => groups.flatMap((group) => group.rules ?? []))
  return rules.flatMap(({ alert, record, expr }) =>
    (expr === undefined ? [] : unknownNames(expr, '', known)).map(
      (name) => `${alert ?? record}: nothing exports ${name}`,
    ),
  )
}

const alertsIn = (files: readonly RuleFile[]): Rule[] =>
  files.flatMap(({ groups = [] }) =>
    groups.flatMap(({ rules = [] }) => rules.filter(({ alert }) => alert !== undefined)),
  )

/** By a test of the alert, or of the series that firing alerts are. */
function namesTested(files: readonly RuleTests[]): Set<string> {
  const all = files.flatMap((file) => file.tests ?? [])
  const alerts = all.flatMap((one) => one.alert_rule_test ?? []).map(({ alertname }) => alertname)
  const series = all
    .flatMap((one) => one.promql_expr_test ?? [])
    .flatMap(({ expr }) => /ALERTS\{alertname="(\w+)"/.exec(expr)?.[1] ?? [])
  return new Set([...alerts, ...series])
}

async function filesIn(directory: string, ending: string): Promise<string[]> {
  if (!existsSync(directory)) return []
  const names = await readdir(directory)
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(directory, name))
}

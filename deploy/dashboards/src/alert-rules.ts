import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@millrace/local'
import { parse } from 'yaml'

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly file: string
}

export interface RecordingRule {
  readonly record: string
  readonly expr: string
  readonly labels?: Readonly<Record<string, string>>
  readonly file: string
}

const directory = 'deploy/helm/millrace/files/rules'

type RuleFile = { readonly groups: readonly { readonly rules: readonly (AlertRule | RecordingRule)[] }[] }

/** Paths of the chart's rule files. */
export function ruleFiles(): readonly string[] {
  const names = readdirSync(join(root, directory)).filter((name) => name.endsWith('.yaml'))
  return names.sort().map((name) => join(root, directory, name))
}

/** Every rule of the chart, with the file that it is in. */
export function readRules(): readonly (AlertRule | RecordingRule)[] {
  return ruleFiles().flatMap((path) => {
    const { groups } = parse(readFileSync(path, 'utf8')) as RuleFile
    const file = path.slice(root.length + 1)
    return groups.flatMap(({ rules }) => rules.map((rule) => ({ ...rule, file })))
  })
}

export function isAlert(rule: AlertRule | RecordingRule): rule is AlertRule {
  return 'alert' in rule
}

/** Alerts by their names; one may have several rules, such as one that pages and one that can wait. */
export type Alerts = ReadonlyMap<string, readonly AlertRule[]>

export function readAlerts(): Alerts {
  return Map.groupBy(readRules().filter(isAlert), ({ alert }) => alert)
}

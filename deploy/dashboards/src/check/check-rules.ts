import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@millrace/local'
import { type AlertRule, isAlert, type RecordingRule } from '../alert-rules.ts'
import { type KnownLabels, metricsInText, unknownNames } from './check-names.ts'

export interface RuleFinding {
  readonly file: string
  readonly rule: string
  readonly problems: readonly string[]
}

const runbooks = 'deploy/runbooks'

/** What rules name that nothing exports, labels in their texts included, and runbooks that are not there. */
export function checkRules(rules: readonly (AlertRule | RecordingRule)[], known: KnownLabels): RuleFinding[] {
  return rules.map((rule) => {
    const names = unknownNames(rule.expr, isAlert(rule) ? textOf(rule) : '', known)
    const problems = names.map((name) => `nothing exports ${name}`)
    if (isAlert(rule) && !existsSync(join(root, runbookOf(rule)))) problems.push(`there is no ${runbookOf(rule)}`)
    return { file: rule.file, rule: isAlert(rule) ? rule.alert : rule.record, problems }
  })
}

/** `$labels.x` in Prometheus's templates as a legend writes it. */
function textOf({ annotations }: AlertRule): string {
  return Object.values(annotations)
    .join(' ')
    .replace(/\$labels\.(\w+)/g, '{{$1}}')
    .replaceAll('{{ {{', '{{')
}

function runbookOf({ annotations }: AlertRule): string {
  return `${runbooks}/${annotations.runbook_url?.split('/').at(-1) ?? 'nothing'}`
}

/** The metrics that each runbook names, against those that exist; a histogram goes by its own name. */
export function checkRunbooks(known: KnownLabels): RuleFinding[] {
  const directory = join(root, runbooks)
  const files = readdirSync(directory).filter((name) => name.endsWith('.md'))
  return files.sort().map((name) => {
    const unknown = metricsInText(readFileSync(join(directory, name), 'utf8')).filter(
      (metric) => !exists(metric, known),
    )
    return {
      file: `${runbooks}/${name}`,
      rule: '',
      problems: unknown.map((metric) => `nothing exports metric ${metric}`),
    }
  })
}

function exists(metric: string, known: KnownLabels): boolean {
  return ['', '_total', '_bucket'].some((end) => known.has(`${metric}${end}`))
}

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { speedUpRules } from '@millrace/test-support'

const directory = join(resolve(import.meta.dirname, '../../../..'), 'deploy/helm/millrace/files/rules')

/** The chart's rule files. */
export function ruleFiles(): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(directory, name))
}

/** Gauges of time that passes, which passes faster too. */
const ages = [
  'millrace_consumer_age',
  'millrace_consumer_oldest',
  'millrace_console_ledger_age',
  'millrace_poller_position_age',
  'millrace_delivery_oldest_undelivered',
]

/** Copies of them whose times pass so many times as fast. */
export function fastRuleFiles(into: string, factor: number): readonly string[] {
  mkdirSync(into, { recursive: true })
  return ruleFiles().map((file, place) => {
    const copy = join(into, `${place}.yaml`)
    writeFileSync(copy, speedUpRules(readFileSync(file, 'utf8'), { factor, ages }))
    return copy
  })
}

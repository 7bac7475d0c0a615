import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@millrace/local'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

interface InhibitRule {
  readonly source_matchers: readonly string[]
  readonly target_matchers: readonly string[]
  readonly equal: readonly string[]
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { readonly alert?: string }[] }[]
}

const read = (path: string): unknown => parse(readFileSync(join(root, path), 'utf8'))
const { inhibit_rules: rules } = read('deploy/monitoring/alertmanager.yaml') as { inhibit_rules: InhibitRule[] }
const files = [
  ...globSync('deploy/helm/millrace/files/rules/*.yaml', { cwd: root }),
  'deploy/monitoring/infrastructure-rules.yaml',
].map((path) => readFileSync(join(root, path), 'utf8'))
const alerts = new Set(
  files.flatMap((text) =>
    (parse(text) as RuleFile).groups.flatMap((group) => group.rules.flatMap((rule) => rule.alert ?? [])),
  ),
)
const namesIn = (matchers: readonly string[]): string[] =>
  matchers.flatMap((matcher) => /^alertname=~?"(.+)"$/.exec(matcher)?.[1]?.split('|') ?? [])
/** Of the rules that tell causes from what follows; the first one is about severities. */
const causes = rules.filter(({ source_matchers }) => !namesIn(source_matchers).includes('Millrace.+'))

test('every alert that inhibits another, or is inhibited, exists', () => {
  const named = causes.flatMap((rule) => [...namesIn(rule.source_matchers), ...namesIn(rule.target_matchers)])
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter((name) => !alerts.has(name))).toEqual([])
})

test('no alert inhibits itself by way of others: all of them would be silent', () => {
  const below = new Map<string, Set<string>>()
  for (const { source_matchers, target_matchers } of causes) {
    for (const source of namesIn(source_matchers)) {
      const targets = below.get(source) ?? new Set()
      for (const target of namesIn(target_matchers)) targets.add(target)
      below.set(source, targets)
    }
  }
  const reached = (from: string): ReadonlySet<string> => {
    const found = new Set(below.get(from))
    for (const name of found) for (const next of below.get(name) ?? []) found.add(next)
    return found
  }
  expect([...below.keys()].filter((name) => reached(name).has(name))).toEqual([])
})

test('what tells that something is lost is never inhibited', () => {
  const inhibited = new Set(causes.flatMap(({ target_matchers }) => namesIn(target_matchers)))
  const loss = ['MillraceOffsetGap', 'MillraceDeadLetters', 'MillraceErrorBudgetSpent', 'MillraceKafkaUnreachable']
  expect(loss.filter((name) => inhibited.has(name) || !alerts.has(name))).toEqual([])
})

test('labels that must be equal are labels that rules give', () => {
  const all = files.join('\n')
  const named = new Set(rules.flatMap(({ equal }) => equal).filter((label) => label !== 'alertname'))
  expect(
    [...named].filter((label) => !new RegExp(`by \\([^)]*\\b${label}\\b|labels: \\{[^}]*\\b${label}:`).test(all)),
  ).toEqual([])
})

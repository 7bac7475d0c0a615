import { expect, test } from 'vitest'
import { alertProblems, unknownInRules } from '../src/rules.ts'

const alert = {
  alert: 'MillraceDeadLetters',
  labels: { severity: 'ticket' },
  annotations: {
    summary: 'a',
    description: 'b',
    runbook_url: 'https://example.com/deploy/runbooks/dead-letters.md',
  },
}
const files = (rule: object) => [{ groups: [{ name: 'a', rules: [rule, { record: 'a:b' }] }] }]
const all = new Set([alert.alert])

test('an alert with severity, texts, runbook and test has no finding', () => {
  expect(alertProblems(files(alert), all, () => true)).toEqual([])
})

test.for([
  [{ alert: 'DeadLetters' }, 'does not begin with Millrace'],
  [{ labels: { severity: 'critical' } }, 'labels.severity is none of page, ticket'],
  [{ annotations: { ...alert.annotations, summary: '' } }, 'has no summary'],
  [{ annotations: { summary: 'a', description: 'b' } }, 'runbook_url leads to no'],
] as const)('%j: %s', ([changed, finding]) => {
  expect(alertProblems(files({ ...alert, ...changed }), all, () => true).join('\n')).toContain(finding)
})

test('a runbook that is not there, and an alert without a test, are named', () => {
  expect(alertProblems(files(alert), new Set(), () => false)).toEqual([
    'alert MillraceDeadLetters: deploy/runbooks/dead-letters.md does not exist',
    'alert MillraceDeadLetters: no promtool test names it',
  ])
})

test('a rule that asks for what nothing exports is named with it', () => {
  const known = new Map([['a', new Set(['kind'])]])
  expect(unknownInRules(files({ ...alert, expr: 'sum by (kind) (a) > 0' }), known)).toEqual([])
  expect(unknownInRules(files({ ...alert, expr: 'sum(b) > 0' }), known)).toEqual([
    'MillraceDeadLetters: nothing exports metric b',
  ])
})

import { expect, test } from 'vitest'
import { type Dashboard, dashboardProblems } from '../src/dashboards.ts'

const panel = {
  type: 'timeseries',
  title: 'How many events?',
  targets: [{ expr: 'sum by (kind) (a)', legendFormat: '{{kind}}' }],
}
const known = new Map([['a', new Set(['kind'])]])
const dashboard = { uid: 'millrace-a', title: 'A', panels: [panel, { type: 'row', title: 'B', panels: [panel] }] }

test('a dashboard whose panels ask has no finding', () => {
  expect(dashboardProblems(new Map([['a.json', dashboard]]), known)).toEqual([])
})

test('what nobody could use is named, in folded rows too', () => {
  const folded = { type: 'row', panels: [{ type: 'stat', title: 'C?', targets: [] }] }
  const found = dashboardProblems(
    new Map<string, Dashboard>([
      ['a.json', dashboard],
      ['b.json', { ...dashboard, panels: [{ type: 'stat', targets: [{}] }, folded] }],
      ['c.json', {}],
    ]),
    known,
  )
  expect(found).toEqual([
    'b.json has the uid of a.json',
    'b.json, panel "": has no title',
    'b.json, panel "": has a query without an expression',
    'b.json, panel "C?": asks nothing',
    'c.json has no uid or no title',
    'c.json has no panels',
  ])
})

test.each([
  [{ ...panel, title: 'Events' }, 'its title is no question'],
  [{ ...panel, targets: [{ expr: 'sum(b)' }] }, 'nothing exports metric b'],
  [{ ...panel, targets: [{ expr: 'a{code="1"}' }] }, 'nothing exports label code of a'],
  [{ ...panel, targets: [{ expr: 'a', legendFormat: '{{lane}}' }] }, 'nothing exports label lane'],
  [{ ...panel, targets: [{ expr: 'sum(a' }] }, 'no PromQL at character 5: sum(a'],
])('a panel is refused: %j, %s', (spoilt, problem) => {
  const found = dashboardProblems(new Map([['a.json', { ...dashboard, panels: [spoilt] }]]), known)
  expect(found).toEqual([`a.json, panel "${spoilt.title}": ${problem}`])
})

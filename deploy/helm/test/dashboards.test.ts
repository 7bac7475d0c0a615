import { expect, test } from 'vitest'
import { type Dashboard, dashboardProblems } from '../src/dashboards.ts'

const panel = { type: 'timeseries', title: 'How many events?', targets: [{ expr: 'a' }] }
const dashboard = { uid: 'millrace-a', title: 'A', panels: [panel, { type: 'row', title: 'B', panels: [panel] }] }

test('a dashboard whose panels ask has no finding', () => {
  expect(dashboardProblems(new Map([['a.json', dashboard]]))).toEqual([])
})

test('what nobody could use is named, in folded rows too', () => {
  const folded = { type: 'row', panels: [{ type: 'stat', title: 'C', targets: [] }] }
  const found = dashboardProblems(
    new Map<string, Dashboard>([
      ['a.json', dashboard],
      ['b.json', { ...dashboard, panels: [{ type: 'stat', targets: [{}] }, folded] }],
      ['c.json', {}],
    ]),
  )
  expect(found).toEqual([
    'b.json has the uid of a.json',
    'b.json, panel "": has no title',
    'b.json, panel "": has a query without an expression',
    'b.json, panel "C": asks nothing',
    'c.json has no uid or no title',
    'c.json has no panels',
  ])
})

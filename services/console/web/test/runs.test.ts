import { expect, test } from 'vitest'
import type { TimelineSpan } from '../src/app/answers.ts'
import { depthOf, lengthOf, runsOf } from '../src/pages/event/runs.ts'

const span = (of: Partial<TimelineSpan>): TimelineSpan => ({
  id: 'a',
  parent_id: null,
  kind: 'received',
  label: '',
  service: '',
  state: 'done',
  started_at: null,
  ended_at: null,
  run_id: null,
  position: null,
  delivery_id: null,
  endpoint_id: null,
  attempt: null,
  status_code: null,
  error_code: null,
  detail: null,
  steps: [],
  ...of,
})

test('the first run comes first, replays after it in the order of their beginning', () => {
  const spans = [
    span({ id: '1', run_id: 'later', started_at: 900 }),
    span({ id: '2', started_at: 100 }),
    span({ id: '3', run_id: 'sooner', started_at: 500 }),
    span({ id: '4', started_at: null, state: 'none' }),
  ]
  expect(runsOf(spans).map(({ runId, startedAt }) => [runId, startedAt])).toEqual([
    [null, 100],
    ['sooner', 500],
    ['later', 900],
  ])
})

test('a run is as long as its last known moment; while something waits, as long as until now', () => {
  const [done] = runsOf([span({ started_at: 100, ended_at: 150 }), span({ started_at: 120, ended_at: 400 })])
  const [waiting] = runsOf([span({ started_at: 100, ended_at: 150 }), span({ started_at: 120, state: 'waiting' })])
  expect(done && lengthOf(done, 10_000)).toBe(300)
  expect(waiting && lengthOf(waiting, 10_000)).toBe(9_900)
})

test('a span stands below its parent, and one whose parent is not shown at the edge', () => {
  const spans = [span({ id: 'p' }), span({ id: 'c', parent_id: 'p' }), span({ id: 'o', parent_id: 'gone' })]
  expect(spans.map((one) => depthOf(one, spans))).toEqual([0, 1, 0])
})

import { expect, test } from 'vitest'
import type { EventSummary } from '../src/app/answers.ts'
import { mergeRows } from '../src/pages/live/merge-rows.ts'

const row = (id: string, status: EventSummary['status'] = 'pending') => ({ event_id: id, status }) as EventSummary
const ids = (rows: readonly EventSummary[]) => rows.map(({ event_id, status }) => `${event_id} ${status}`)

test('what came stands on top, the newest first', () => {
  expect(ids(mergeRows([row('1')], [row('2'), row('3')], 9))).toEqual(['3 pending', '2 pending', '1 pending'])
})

test('an event that is shown changes in its place, and stands there once', () => {
  const before = [row('2'), row('1')]
  expect(ids(mergeRows(before, [row('1', 'processed'), row('3')], 9))).toEqual([
    '3 pending',
    '2 pending',
    '1 processed',
  ])
  expect(ids(mergeRows([], [row('1'), row('1', 'failed')], 9))).toEqual(['1 failed'])
})

test('no more rows are kept than asked for', () => {
  expect(ids(mergeRows([row('2'), row('1')], [row('3'), row('4')], 3))).toEqual(['4 pending', '3 pending', '2 pending'])
})

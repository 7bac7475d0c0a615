import type { KnowledgeObservation } from '@millrace/schemas'
import { expect, test } from 'vitest'
import type { GraphState } from '../src/graph-state.ts'
import { publishState } from '../src/publish-state.ts'
import { foldObservation } from '../src/write-graph.ts'
import { nodeSeen } from './support/observations.ts'

const PERSON = 'default/person:default:clickup:1'

/** The record of the compacted topic after these observations. */
function publishedAfter(...seen: KnowledgeObservation[]) {
  const state = seen.reduce<GraphState | undefined>((known, value) => foldObservation(known, { value }), undefined)
  if (state === undefined) throw new Error('nothing was seen')
  return publishState(state)
}

test('several observations of a node make one record of it under its key', () => {
  expect(publishedAfter(nodeSeen({ a: 1 }), nodeSeen({ b: 2 }, { event_id: 'e2' }))).toMatchObject({
    key: PERSON,
    value: { properties_json: '{"a":1,"b":2}' },
  })
})

test('an older observation never wins over a newer one that was folded before it', () => {
  const older = nodeSeen({ name: 'old' }, { observed_at: 1, event_id: 'e0' })
  expect(publishedAfter(nodeSeen({ name: 'new' }, { observed_at: 2 }), older).value).toMatchObject({
    properties_json: '{"name":"new"}',
    first_seen: 1,
    last_seen: 2,
  })
})

test('an observation that comes again makes the same state', () => {
  const seen = { value: nodeSeen({ b: 1, a: 2 }) }
  const once = foldObservation(undefined, seen)
  expect(JSON.stringify(foldObservation(once, seen))).toBe(JSON.stringify(once))
})

test('a record without a value tells nothing', () => {
  const known = foldObservation(undefined, { value: nodeSeen({ a: 1 }) })
  expect(foldObservation(known, { value: null })).toBe(known)
  expect(foldObservation(undefined, { value: null })).toBeUndefined()
})

import { type KnowledgeNode, type KnowledgeObservation, topics } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { foldObservation } from '../src/fold-observation.ts'
import type { GraphState } from '../src/graph-state.ts'
import { publishGraph } from '../src/publish-graph.ts'
import { nodeSeen, statusSeen } from './support/observations.ts'

function foldAll(...seen: KnowledgeObservation[]): GraphState {
  const state = seen.reduce<GraphState | undefined>((known, value) => foldObservation(known, { value }), undefined)
  if (state === undefined) throw new Error('nothing was seen')
  return state
}

const never = { before: undefined, isFirst: true }

/** The node's record after these observations. */
function publishedAfter(...seen: KnowledgeObservation[]) {
  return publishGraph(foldAll(...seen), never)[0]
}

test('several observations of a node make one record of it under its key', () => {
  expect(publishedAfter(nodeSeen({ a: 1 }), nodeSeen({ b: 2 }, { event_id: 'e2' }))).toMatchObject({
    key: 'default/tag:default:vip',
    value: { properties_json: '{"a":1,"b":2}' },
  })
})

test('an older observation never wins over a newer one that was folded before it', () => {
  const older = nodeSeen({ name: 'old' }, { observed_at: 1, event_id: 'e0' })
  expect(publishedAfter(nodeSeen({ name: 'new' }, { observed_at: 2 }), older)?.value).toMatchObject({
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

test('only what changed is written', () => {
  const before = foldAll(statusSeen('open', {}))
  const after = foldAll(
    statusSeen('open', {}),
    nodeSeen({ a: 1 }, { id: 'task:default:t1', type: 'task', event_id: 'e2' }),
  )
  const written = publishGraph(after, { before, isFirst: false })
  expect(written.map(({ topic }) => topic.name)).toEqual([topics.nodes.name])
  expect(publishGraph(after, { before: after, isFirst: false })).toEqual([])
})

test('all is written, and all is told, when it is not known what was', () => {
  const written = publishGraph(foldAll(statusSeen('open', {})), { before: undefined, isFirst: false })
  expect(written.map(({ topic }) => topic.name)).toEqual([
    topics.nodes.name,
    topics.relationships.name,
    topics.observations.name,
  ])
})

test('a node that nothing has named yet is not written', () => {
  expect(publishGraph(foldAll(nodeSeen({}, { standing: '' })), never)).toEqual([])
})

test('a node that nothing supports any more is null', () => {
  const gone = nodeSeen({}, { standing: 'gone', event_id: 'e2' })
  const [record] = publishGraph(foldAll(nodeSeen({}), gone), { before: foldAll(nodeSeen({})), isFirst: false })
  expect(record).toMatchObject({ key: 'default/tag:default:vip', value: null })
})

test('provenance holds the words of a text that say so', () => {
  const spans = [{ field: 'description', start: 4, end: 19, text: 'bo@acme.example' }]
  const mentions = [{ type: 'mentions', other_id: 'email_address::bo', properties_json: '{}', spans }]
  const written = publishGraph(foldAll(nodeSeen({}, { relationships: mentions })), never)
  expect(written[1]?.value as KnowledgeNode).toMatchObject({
    provenance: [{ event_id: 'e1', extractor: 'task', spans }],
  })
})

test('a record without a value tells nothing', () => {
  const known = foldObservation(undefined, { value: nodeSeen({ a: 1 }) })
  expect(foldObservation(known, { value: null })).toBe(known)
  expect(foldObservation(undefined, { value: null })).toBeUndefined()
})

import type { KnowledgeObservation } from '@millrace/schemas'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  encodeState,
  type GraphState,
  stateOfObservation,
  statesOfNode,
  statesOfRelationship,
} from '../src/graph-state.ts'
import { PROVENANCE_KEPT } from '../src/join-provenance.ts'
import { RELATIONSHIPS_KEPT } from '../src/join-relationships.ts'
import { joinStates } from '../src/join-states.ts'
import { publishedOf } from '../src/publish-graph.ts'
import { nodeSeen, observations, statusSeen } from './support/observations.ts'

function fold(seen: readonly KnowledgeObservation[]): GraphState {
  const [first, ...others] = seen.map(stateOfObservation)
  if (first === undefined) throw new Error('nothing to fold')
  return others.reduce(joinStates, joinStates(first, first))
}

/** What the records of a state say of it. */
function readBack(state: GraphState): GraphState {
  const { node, relationships } = publishedOf(state)
  if (node === null) throw new Error('gone')
  const states = [
    ...statesOfNode(node),
    ...[...relationships.values()].flatMap((each) => [...statesOfRelationship(each)]),
  ]
  return states.filter(({ id }) => id === state.id).reduce(joinStates)
}

test('any order and repetition of observations gives the same state', () => {
  fc.assert(
    fc.property(
      observations.chain((seen) =>
        fc.tuple(fc.constant(seen), fc.shuffledSubarray([...seen, ...seen], { minLength: seen.length * 2 })),
      ),
      ([seen, shuffled]) => {
        expect(encodeState(fold(shuffled))).toBe(encodeState(fold(seen)))
      },
    ),
    { numRuns: 300 },
  )
})

test('folding in parts and joining the parts gives the same state', () => {
  fc.assert(
    fc.property(observations, fc.nat(), (seen, cut) => {
      fc.pre(seen.length > 1)
      const at = 1 + (cut % (seen.length - 1))
      const parts = joinStates(fold(seen.slice(at)), fold(seen.slice(0, at)))
      expect(encodeState(parts)).toBe(encodeState(fold(seen)))
    }),
    { numRuns: 300 },
  )
})

test('a state read back from its records says the same, and folds on as if it had never been lost', () => {
  // Whether it is there rests on the records of others too.
  const standing = fc
    .array(fc.tuple(observations), { minLength: 2, maxLength: 2 })
    .map((both) =>
      both.map(([list]) =>
        list.map((seen): KnowledgeObservation => ({ ...seen, standing: 'exists', supported_by: [] })),
      ),
    )
  // A single relationship shows its present target only.
  const several = ({ relationships, ...seen }: KnowledgeObservation): KnowledgeObservation => ({
    ...seen,
    relationships: relationships.filter(({ type }) => type !== 'has_status'),
  })
  fc.assert(
    fc.property(standing, ([before = [], after = []]) => {
      const state = fold(before.map(several))
      const rest = fold(after.map((seen) => several({ ...seen, event_id: `later ${seen.event_id}` })))
      expect(publishedOf(readBack(state))).toEqual(publishedOf(state))
      expect(publishedOf(joinStates(readBack(state), rest))).toEqual(publishedOf(joinStates(state, rest)))
    }),
    { numRuns: 200 },
  )
})

test('a node takes each property from the newest observation that has it', () => {
  const state = fold([
    nodeSeen({ username: 'Bo', email: 'bo@example.com' }, { event_id: 'e1', observed_at: 1 }),
    nodeSeen({ username: 'Bo W.' }, { event_id: 'e2', observed_at: 2 }),
  ])
  expect(state.properties).toEqual({ email: 'bo@example.com', username: 'Bo W.' })
  expect(state.provenance.map(({ event_id, properties }) => [event_id, properties])).toEqual([
    ['e2', ['username']],
    ['e1', ['email']],
  ])
})

test('a null replaces an older value, and 0 and false survive', () => {
  const state = fold([
    nodeSeen({ due: 5, points: 5, done: true }, { observed_at: 1 }),
    nodeSeen({ due: null, points: 0, done: false }, { observed_at: 2 }),
  ])
  expect(state.properties).toEqual({ done: false, due: null, points: 0 })
})

test('a single relationship takes target and properties together from the newest observation', () => {
  const state = fold([
    statusSeen('done', { color: 'green' }, { observed_at: 2, event_id: 'e2' }),
    statusSeen('open', { color: 'red', id: 's1' }, { observed_at: 1 }),
  ])
  expect([...publishedOf(state).relationships.values()]).toMatchObject([
    {
      id: 'task:default:t1>has_status',
      to_id: 'status:default:done',
      properties_json: '{"color":"green"}',
      valid_to: null,
    },
  ])
})

test("a later version's reading of an event replaces an earlier version's", () => {
  const state = fold([
    nodeSeen({ a: 'new' }, { extractor_version: 2 }),
    nodeSeen({ a: 'old' }, { extractor_version: 1 }),
  ])
  expect(state.properties).toEqual({ a: 'new' })
})

test('a relationship that a newer complete statement leaves out has ended, until it is named again', () => {
  const seen = statusSeen('open', {}, { observed_at: 1 })
  const without = { ...seen, relationships: [], observed_at: 2, event_id: 'e2' }
  const ends = (list: KnowledgeObservation[]) =>
    [...publishedOf(fold(list)).relationships.values()].map(({ valid_to }) => valid_to)
  expect(ends([seen, without])).toEqual([2])
  expect(ends([without, seen])).toEqual([2])
  expect(ends([seen, without, { ...seen, observed_at: 3, event_id: 'e3' }])).toEqual([null])
})

test('a node that its own events say is gone goes, with its relationships', () => {
  const gone: KnowledgeObservation = {
    ...nodeSeen({}),
    ...{ standing: 'gone', sections: ['*'], observed_at: 2_000, event_id: 'e9' },
  }
  const { node, relationships } = publishedOf(
    fold([statusSeen('open', {}), { ...gone, id: 'task:default:t1', type: 'task' }]),
  )
  expect(node).toBeNull()
  expect([...relationships.values()]).toMatchObject([{ valid_to: 2_000 }])
})

test('provenance keeps the newest observations and those that a property rests on, however many come', () => {
  const seen = Array.from({ length: 200 }, (_, index) =>
    nodeSeen({ count: index }, { event_id: `e${index}`, observed_at: index }),
  )
  const state = fold([nodeSeen({ rare: true }, { event_id: 'first', observed_at: -1 }), ...seen])
  expect(state.provenance).toHaveLength(PROVENANCE_KEPT + 1)
  expect(state.provenance.at(-1)).toMatchObject({ event_id: 'first', properties: ['rare'] })
})

test('of the relationships that a node states, those that were stated last are kept', () => {
  const mentions = (from: number, count: number): KnowledgeObservation['relationships'] =>
    Array.from({ length: count }, (_, index) => ({
      type: 'mentions',
      other_id: `date:default:${from + index}`,
      properties_json: '{}',
      spans: [],
    }))
  const older = nodeSeen({}, { relationships: mentions(0, 10) })
  const newer = nodeSeen({}, { relationships: mentions(10, RELATIONSHIPS_KEPT), observed_at: 2_000, event_id: 'e2' })
  const state = fold([newer, older])
  expect(Object.keys(state.relationships)).toHaveLength(RELATIONSHIPS_KEPT)
  expect(encodeState(fold([older, newer]))).toBe(encodeState(state))
  expect(state.relationships['tag:default:vip>mentions>date:default:0']).toBeUndefined()
})

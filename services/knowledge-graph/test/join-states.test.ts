import type { KnowledgeNode, KnowledgeObservation, KnowledgeRelationship } from '@millrace/schemas'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  encodeState,
  type GraphState,
  stateOfNode,
  stateOfObservation,
  stateOfRelationship,
} from '../src/graph-state.ts'
import { joinStates, PROVENANCE_KEPT } from '../src/join-states.ts'
import { publishState } from '../src/publish-state.ts'
import { nodeSeen, observations, relationshipSeen } from './support/observations.ts'

function fold(seen: readonly KnowledgeObservation[]): GraphState {
  const [first, ...others] = seen.map(stateOfObservation)
  if (first === undefined) throw new Error('nothing to fold')
  return others.reduce(joinStates, joinStates(first, first))
}

function readBack(state: GraphState): GraphState {
  const { value } = publishState(state)
  return state.subject === 'node'
    ? stateOfNode(value as KnowledgeNode)
    : stateOfRelationship(value as KnowledgeRelationship)
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
    { numRuns: 1_000 },
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
    { numRuns: 1_000 },
  )
})

test('a state read back from its record folds on as if it had never been lost', () => {
  fc.assert(
    fc.property(observations, observations, (before, after) => {
      fc.pre(before[0]?.subject === after[0]?.subject)
      const state = fold(before)
      fc.pre(publishState(state).value !== null)
      const rest = fold(after)
      expect(encodeState(joinStates(readBack(state), rest))).toBe(encodeState(joinStates(state, rest)))
    }),
    { numRuns: 1_000 },
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

test('a relationship takes target and properties together from the newest observation', () => {
  const state = fold([
    relationshipSeen('status:default:done', { color: 'green' }, { observed_at: 2, event_id: 'e2' }),
    relationshipSeen('status:default:open', { color: 'red', id: 's1' }, { observed_at: 1 }),
  ])
  expect(state).toMatchObject({ to_id: 'status:default:done', properties: { color: 'green' } })
})

test("a later version's reading of an event replaces an earlier version's", () => {
  const state = fold([
    nodeSeen({ a: 'new' }, { extractor_version: 2 }),
    nodeSeen({ a: 'old' }, { extractor_version: 1 }),
  ])
  expect(state.properties).toEqual({ a: 'new' })
})

test('a retracted relationship has ended, until it is seen again', () => {
  const seen = relationshipSeen('status:default:open', {}, { observed_at: 1 })
  const ended = fold([seen, { ...seen, is_retracted: true, observed_at: 2, event_id: 'e2' }])
  expect(publishState(ended).value).toMatchObject({ valid_to: 2 })
  expect(publishState(joinStates(ended, stateOfObservation({ ...seen, observed_at: 3 }))).value).toMatchObject({
    valid_to: null,
  })
})

test('a retracted node goes', () => {
  expect(publishState(fold([nodeSeen({ a: 1 }, { is_retracted: true })])).value).toBeNull()
})

test('provenance keeps the newest observations and those that a property rests on, however many come', () => {
  const seen = Array.from({ length: 200 }, (_, index) =>
    nodeSeen({ count: index }, { event_id: `e${index}`, observed_at: index }),
  )
  const state = fold([nodeSeen({ rare: true }, { event_id: 'first', observed_at: -1 }), ...seen])
  expect(state.provenance).toHaveLength(PROVENANCE_KEPT + 1)
  expect(state.provenance.at(-1)).toMatchObject({ event_id: 'first', properties: ['rare'] })
})

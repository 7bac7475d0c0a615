import type { KnowledgeObservation } from '@millrace/schemas'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldObservation } from '../src/fold-observation.ts'
import { isForgotten } from '../src/forget-events.ts'
import { type GraphState, statedId } from '../src/graph-state.ts'
import { publishedOf, publishGraph } from '../src/publish-graph.ts'
import { nodeSeen, observations, observationsIn, statusSeen } from './support/observations.ts'

function foldAll(...seen: KnowledgeObservation[]): GraphState {
  const state = seen.reduce<GraphState | undefined>((known, value) => foldObservation(known, { value }), undefined)
  if (state === undefined) throw new Error('nothing was seen')
  return state
}

function forget(of: { readonly events?: readonly string[]; readonly all?: true }): KnowledgeObservation {
  return nodeSeen({}, { subject: 'forget', type: '', standing: '', message_json: JSON.stringify(of) })
}

test('what only erased events said is gone, what others said stays', () => {
  const seen = [nodeSeen({ a: 'theirs' }), nodeSeen({ b: 'erased' }, { event_id: 'e2', observed_at: 2_000 })]
  const { node } = publishedOf(foldAll(...seen, forget({ events: ['e2'] })))
  expect(node).toMatchObject({ properties_json: '{"a":"theirs"}', last_seen: 1_000 })
  expect(node?.provenance.map(({ event_id }) => event_id)).toEqual(['e1'])
})

test('a property that was taken from the erased event comes back with the older one that said it too', () => {
  const older = nodeSeen({ name: 'old' })
  const left = foldAll(
    older,
    nodeSeen({ name: 'new' }, { event_id: 'e2', observed_at: 2_000 }),
    forget({ events: ['e2'] }),
  )
  expect(publishedOf(left).node?.properties_json).toBe('{}')
  expect(publishedOf(foldObservation(left, { value: older }) ?? left).node?.properties_json).toBe('{"name":"old"}')
})

test('a node with nothing left becomes null, and so do its relationships', () => {
  const before = foldAll(statusSeen('open', { reason: 'secret' }))
  const after = foldObservation(before, { value: forget({ events: ['e1'] }) }) ?? before
  const written = publishGraph(after, { before, isFirst: false })
  expect(written.map(({ topic, value }) => [topic.name, value === null])).toEqual([
    ['knowledge.nodes.v1', true],
    ['knowledge.relationships.v1', true],
    ['knowledge.observations.v1', false],
  ])
  expect(JSON.stringify(after)).not.toContain('secret')
  expect(isForgotten(after)).toBe(true)
  // Also where a crash left it open what had been written.
  expect(publishGraph(after, { before: undefined, isFirst: false })).toEqual(written)
})

test('the other end of a relationship is told that nothing states it any more, and goes with it', () => {
  const task = foldAll(statusSeen('open', {}))
  const by = statedId('has_status', 'task:default:t1', 'status:default:open')
  const status = foldAll(nodeSeen({}, { id: 'status:default:open', standing: '', supported_by: [by] }))
  expect(publishedOf(status).node).not.toBeNull()
  const [told] = observationsIn(
    publishGraph(foldObservation(task, { value: forget({ events: ['e1'] }) }) ?? task, {
      before: task,
      isFirst: false,
    }),
  )
  const left = foldObservation(status, { value: told ?? null }) ?? status
  expect(left.supporters).toEqual({})
  expect(publishedOf(left).node).toBeNull()
})

test('while another event states the relationship the other end stays, and hears of its end though that is older than what was erased', () => {
  const by = statedId('has_status', 'task:default:t1', 'status:default:open')
  const later = { event_id: 'e2', observed_at: 5_000 }
  const seen = (changes: object) =>
    nodeSeen({}, { id: 'status:default:open', standing: '', supported_by: [by], ...changes })
  const status = foldAll(seen({}), seen(later), forget({ events: ['e2'] }))
  expect(publishedOf(status).node).not.toBeNull()
  const task = foldAll(statusSeen('open', {}), statusSeen('open', {}, later), forget({ events: ['e2'] }))
  const ended = foldAll(
    statusSeen('open', {}),
    statusSeen('open', {}, later),
    forget({ events: ['e2'] }),
    statusSeen('done', {}, { event_id: 'e3', observed_at: 2_000 }),
  )
  const told = observationsIn(publishGraph(ended, { before: task, isFirst: false })).find(({ id }) => id === status.id)
  expect(publishedOf(foldObservation(status, { value: told ?? null }) ?? status).node).toBeNull()
})

test('a relationship that is stated again after an erasure holds, and the other end is told', () => {
  const left = foldAll(statusSeen('open', {}), forget({ events: ['e1'] }))
  const again = foldObservation(left, { value: statusSeen('open', {}, { event_id: 'e9', observed_at: 9_000 }) }) ?? left
  expect(publishedOf(again).relationships.size).toBe(1)
  const told = observationsIn(publishGraph(again, { before: left, isFirst: false }))
  expect(told.map(({ subject }) => subject)).toEqual(['support'])
})

test('of what stands for the erased subject nothing is left, whatever said it', () => {
  const state = foldAll(
    statusSeen('open', { why: 'secret' }, { same_as: ['person:default:x'], client_id: 'secret' }),
    forget({ all: true }),
  )
  expect(JSON.stringify(state)).not.toContain('secret')
  expect(publishedOf(state)).toEqual({ node: null, relationships: new Map() })
  expect(isForgotten(state)).toBe(true)
})

test('whatever was seen, forgetting leaves no word of the erased events, twice is once, and nothing changes where nothing was erased', () => {
  fc.assert(
    fc.property(observations, fc.infiniteStream(fc.boolean()), (seen, coins) => {
      const marked = seen.map((value) => ({
        ...value,
        properties_json: `{"${value.event_id}":"said by ${value.event_id}!"}`,
      }))
      const events = marked.map(({ event_id }) => event_id).filter(() => coins.next().value)
      const before = foldAll(...marked)
      const after = foldAll(...marked, forget({ events }))
      const text = JSON.stringify(after)
      for (const event of events) expect(text).not.toContain(`"${event}"`)
      for (const [name, value] of Object.entries(before.properties))
        if (!events.includes(name)) expect(after.properties[name]).toEqual(value)
      expect(JSON.stringify(foldObservation(after, { value: forget({ events }) }))).toBe(text)
      expect(JSON.stringify(foldAll(...marked, forget({ events: ['another'] })))).toBe(JSON.stringify(before))
    }),
  )
})

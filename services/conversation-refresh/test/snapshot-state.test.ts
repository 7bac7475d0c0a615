import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldRefresh, joinStates, type SnapshotState, snapshotOf, stateOfSnapshot } from '../src/snapshot-state.ts'
import { refreshes, refreshOf, states } from './support/arbitraries.ts'

const fold = (...list: Parameters<typeof refreshOf>[0][]) =>
  list.map((changes) => refreshOf(changes)).reduce<SnapshotState | undefined>(foldRefresh, undefined)
const snapshotAfter = (...list: Parameters<typeof refreshOf>[0][]) => snapshotOf(fold(...list) as SnapshotState, false)
const read = (subject: string, times: { at: number; updated_at: number | null }) => ({
  ...times,
  conversation: Buffer.from(JSON.stringify({ subject, status: 'assigned' })),
})

test('joining two states does not depend on their order', () => {
  fc.assert(
    fc.property(states, states, (a, b) => {
      expect(joinStates(a, b)).toEqual(joinStates(b, a))
    }),
  )
})

test('joining three states does not depend on which are joined first', () => {
  fc.assert(
    fc.property(states, states, states, (a, b, c) => {
      expect(joinStates(joinStates(a, b), c)).toEqual(joinStates(a, joinStates(b, c)))
    }),
  )
})

test('joining a state with itself changes nothing, in text neither', () => {
  fc.assert(
    fc.property(states, (a) => {
      expect(JSON.stringify(joinStates(a, a))).toBe(JSON.stringify(a))
    }),
  )
})

test('refreshes end in one state whatever their order and repetition', () => {
  fc.assert(
    fc.property(
      fc.array(refreshes, { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (list, dice) => {
        const shuffled = [...list, ...list.slice(0, 2)]
          .map((refresh) => ({ refresh, key: dice.next().value as number }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ refresh }) => refresh)
        const direct = list.reduce<SnapshotState | undefined>(foldRefresh, undefined)
        expect(shuffled.reduce<SnapshotState | undefined>(foldRefresh, undefined)).toEqual(direct)
      },
    ),
  )
})

test('a state rebuilt from its snapshot gives the same snapshot', () => {
  fc.assert(
    fc.property(states, fc.boolean(), (state, isFirst) => {
      const snapshot = snapshotOf(state, isFirst)
      expect(snapshotOf(stateOfSnapshot(snapshot), isFirst)).toEqual(snapshot)
    }),
  )
})

test('a state rebuilt from its snapshot loses to no older read', () => {
  fc.assert(
    fc.property(states, refreshes, (state, older) => {
      fc.pre(older.kind === 'read' && state.read !== null && (older.updated_at ?? 0) < state.read.as_of)
      fc.pre(snapshotOf(state, false).state === 'live' || snapshotOf(state, false).state === 'deleted')
      const rebuilt = stateOfSnapshot(snapshotOf(state, false))
      expect(foldRefresh(rebuilt, older)?.read).toEqual(rebuilt.read)
    }),
  )
})

test("a read of an older state loses by Front's own time, however late it comes", () => {
  const snapshot = snapshotAfter(
    read('new', { at: 1_000, updated_at: 500 }),
    read('old', { at: 2_000, updated_at: 400 }),
  )
  expect(snapshot).toMatchObject({ subject: 'new', as_of: 500 })
})

test('of two reads of one state the one that began later wins', () => {
  const [early, late] = [read('early', { at: 1_000, updated_at: 500 }), read('late', { at: 2_000, updated_at: 500 })]
  expect(snapshotAfter(late, early).subject).toBe('late')
  expect(snapshotAfter(early, late).subject).toBe('late')
})

test('a conversation that could never be read is a partial snapshot, not gone', () => {
  expect(snapshotAfter({ kind: 'gone', at: 700 })).toMatchObject({ state: 'live', completeness: 'partial', as_of: 700 })
})

test('a conversation that was read and cannot be any more is gone, without content', () => {
  const snapshot = snapshotAfter(read('s', { at: 100, updated_at: 50 }), { kind: 'gone', at: 700 })
  expect(snapshot).toMatchObject({ state: 'gone', completeness: 'partial', as_of: 700, subject: null, messages: [] })
})

test('a conversation that is back after it was gone is live again', () => {
  const snapshot = snapshotAfter(
    read('s', { at: 100, updated_at: 50 }),
    { kind: 'gone', at: 700 },
    read('s', { at: 800, updated_at: 50 }),
  )
  expect(snapshot).toMatchObject({ state: 'live', completeness: 'full', subject: 's' })
})

test('a merge ends a conversation for good and names the survivor', () => {
  const snapshot = snapshotAfter(
    { kind: 'merged', at: 300, merged_into: 'cnv_2' },
    read('s', { at: 900, updated_at: 800 }),
  )
  expect(snapshot).toMatchObject({ state: 'merged', merged_into: 'cnv_2', as_of: 300, subject: null })
})

test('a deleted conversation is told as deleted, with its content', () => {
  const conversation = Buffer.from('{"subject":"s","status":"deleted"}')
  expect(snapshotAfter({ updated_at: 5, conversation })).toMatchObject({ state: 'deleted', subject: 's' })
})

test('the snapshot names the events that it reflects, newest first and not without end', () => {
  const many = Array.from({ length: 80 }, (_, n) => ({ kind: 'gone' as const, at: n + 1, caused_by: [`e${n}`] }))
  const causes = snapshotAfter(...many).caused_by
  expect(causes).toHaveLength(50)
  expect(causes.slice(0, 2)).toEqual(['e79', 'e78'])
})

test('a supplement about a conversation that nobody has read says nothing yet', () => {
  expect(fold({ kind: 'supplement', payload: Buffer.from('{}') })).toBeUndefined()
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinConversations, snapshotOf, standingOf, stateOfSnapshot, wishesOf } from '../../src/index.ts'
import {
  eventOf,
  foldAll,
  json,
  messageAt,
  messageTarget,
  named,
  readAt,
  refreshOf,
  rules,
  type Step,
  seconds,
  time,
} from './values.ts'

const tick = fc.integer({ min: 1, max: 12 })
const fields = fc.record(
  {
    subject: fc.constantFrom('a', 'b'),
    status: fc.constantFrom('assigned', 'unassigned', 'archived', 'deleted'),
    tags: fc.subarray([
      { id: 'tag_1', name: 'One' },
      { id: 'tag_2', name: 'Two' },
    ]),
    assignee: fc.constantFrom(null, { id: 'tea_1', first_name: 'Sam' }),
    created_at: fc.constant(seconds(1)),
  },
  { requiredKeys: ['subject', 'status'] },
)
const target = (word: string, n: number) => {
  if (word === 'inbound' || word === 'outbound') return messageTarget(n)
  if (word === 'comment')
    return { _meta: { type: 'comment' }, data: { id: `com_${n}`, body: 'noted', posted_at: seconds(n) } }
  if (word === 'tag' || word === 'untag') return { _meta: { type: 'tag' }, data: { id: 'tag_1', name: 'One' } }
  return undefined
}
const words = fc.constantFrom(
  'inbound',
  'outbound',
  'comment',
  'tag',
  'untag',
  'archive',
  'reopen',
  'trash',
  'restore',
  'unassign',
  'move',
  'custom_field_updated',
)
const shape = fc.constantFrom('application' as const, 'event' as const)

/** One Front: an event of an id is the same in each copy, full or as a preview, and happened once. */
const event = fc
  .record({ at: tick, word: words, fields, shape })
  .chain(({ at, word, fields: conversation, shape: form }) => {
    const id = `evt_${word}${at}`
    const about = target(word, at)
    const data = (about as { data?: { id: string } } | undefined)?.data
    const full = eventOf({ id, at, word, conversation, shape: form, ...(about === undefined ? {} : { target: about }) })
    const preview = eventOf({
      id,
      at,
      word,
      shape: form,
      ...(data === undefined ? {} : { target: named(word, data.id) }),
    })
    const supplement = refreshOf({
      kind: 'supplement',
      at: time(at) + 900,
      caused_by: [id],
      caused_at: [time(at)],
      payload: full.payload,
    })
    return fc.constantFrom<Step>(full, preview, supplement)
  })
const refresh = fc.oneof(
  fc
    .record({ at: tick, fields, messages: fc.subarray([1, 2, 3, 4, 5]) })
    .map(({ at, fields: said, messages }) => readAt(at, said, messages)),
  fc.record({ at: tick, fields }).map(({ at, fields: said }) =>
    refreshOf({
      kind: 'listed',
      at: time(at),
      conversation: json({ id: 'cnv_1', updated_at: seconds(at), ...said }),
    }),
  ),
  fc.record({ at: tick }).map(({ at }) => refreshOf({ kind: 'gone', at: time(at) + 700, reason: 'not-found' })),
)
const merge = fc
  .record({ at: tick, into: fc.constantFrom('cnv_2', 'cnv_3') })
  .map(({ at, into }) => refreshOf({ kind: 'merged', at: time(at), merged_into: into }))
const steps = fc.array(
  fc.oneof({ weight: 8, arbitrary: event }, { weight: 3, arbitrary: refresh }, { weight: 1, arbitrary: merge }),
  { minLength: 1, maxLength: 14 },
)
/** The same steps in another order, some of them again. */
const shuffled = steps.chain((list) =>
  fc.record({
    list: fc.constant(list),
    other: fc
      .array(fc.constantFrom(...list), { maxLength: 6 })
      .chain((again) => fc.shuffledSubarray([...list, ...again], { minLength: list.length + again.length })),
  }),
)

test('any order and any repetition of the same events and reads gives the same snapshot and the same state', () => {
  fc.assert(
    fc.property(shuffled, ({ list, other }) => {
      const [one, two] = [foldAll(list), foldAll(other)]
      expect(JSON.stringify(two)).toBe(JSON.stringify(one))
      if (one !== undefined && two !== undefined) expect(snapshotOf(two, true)).toEqual(snapshotOf(one, true))
    }),
    { numRuns: 1_000 },
  )
})

test('states join in any order and grouping to the same state, and a state joined with itself stays as it is', () => {
  const state = steps.map((list) => foldAll(list)).filter((each) => each !== undefined)
  fc.assert(
    fc.property(state, state, state, (a, b, c) => {
      const join = (x: typeof a, y: typeof a) => joinConversations(x, y, rules)
      expect(join(a, b)).toEqual(join(b, a))
      expect(join(join(a, b), c)).toEqual(join(a, join(b, c)))
      expect(JSON.stringify(join(a, a))).toBe(JSON.stringify(a))
    }),
    { numRuns: 300 },
  )
})

test('a state that is read back from its snapshot gives that snapshot again, and what follows folds as before', () => {
  fc.assert(
    fc.property(steps, steps, (before, after) => {
      const state = foldAll(before)
      if (state === undefined) return
      const snapshot = snapshotOf(state, false)
      const back = stateOfSnapshot(snapshot, rules)
      // Of what is gone no content is kept, by which a later event might have been known already.
      const { pending: _p, caused_by: _c, ...said } = snapshot
      expect(snapshotOf(back, false)).toMatchObject(snapshot.state === 'gone' ? said : snapshot)
      const told = foldAll(after)
      if (told === undefined || snapshot.state === 'gone' || snapshot.state === 'merged') return
      // What a read found removed is not in the snapshot; of how much was seen it counted for something.
      const isAllListed =
        state.messages.length === snapshot.messages.length && state.comments.length === snapshot.comments.length
      if (!isAllListed) return
      const {
        messages: _m,
        fold_json: _f,
        has_more: _h,
        ...went
      } = snapshotOf(joinConversations(state, told, rules), false)
      expect(snapshotOf(joinConversations(back, told, rules), false)).toMatchObject(went)
    }),
    { numRuns: 500 },
  )
})

test('every event is either reflected or pending, and each pending one of a live conversation has been asked for', () => {
  fc.assert(
    fc.property(steps, (list) => {
      let state: ReturnType<typeof foldAll>
      const asked = new Set<string>()
      list.forEach((_, place) => {
        const next = foldAll(list.slice(0, place + 1))
        if (next === undefined) return
        for (const wish of wishesOf(state, next)) for (const id of wish.caused_by) asked.add(id)
        state = next
      })
      if (state === undefined || snapshotOf(state, false).state !== 'live') return
      const { pending } = standingOf(state)
      const hidden = state.gone !== null && !state.isVisible
      if (!hidden) expect(pending.filter((id) => !asked.has(id))).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('a message once told is whole, whatever preview of it comes later', () => {
  const full = eventOf({
    id: 'evt_1',
    at: 3,
    word: 'inbound',
    conversation: { subject: 's' },
    target: messageTarget(3),
  })
  const preview = eventOf({ id: 'evt_1', at: 3, word: 'inbound', target: named('message', 'msg_3') })
  for (const order of [
    [full, preview],
    [preview, full],
  ]) {
    const state = foldAll(order)
    expect(state && snapshotOf(state, true)).toMatchObject({
      caused_by: ['evt_1'],
      pending: [],
      messages: [{ id: 'msg_3', text: (messageAt(3) as { text: string }).text }],
    })
  }
})

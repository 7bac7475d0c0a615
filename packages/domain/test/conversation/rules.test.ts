import { expect, test } from 'vitest'
import { type ConversationState, snapshotOf, wishesOf } from '../../src/index.ts'
import {
  eventOf,
  foldAll,
  messageAt,
  messageTarget,
  named,
  readAt,
  refreshOf,
  type Step,
  seconds,
  time,
} from './values.ts'

const whole = { subject: 's', status: 'unassigned', tags: [], created_at: seconds(1) }
const opened = eventOf({ id: 'evt_open', at: 1, word: 'inbound', conversation: whole, target: messageTarget(1) })
const stateAfter = (...steps: Step[]) => foldAll(steps) as ConversationState
const snapshotAfter = (...steps: Step[]) => snapshotOf(stateAfter(...steps), false)
const reasonsAfter = (...steps: Step[]) =>
  wishesOf(undefined, stateAfter(...steps)).map(({ reason, lane }) => `${reason} ${lane}`)

test('a conversation is complete from its first message on, without a read', () => {
  expect(snapshotAfter(opened)).toMatchObject({ completeness: 'full', has_more: false, as_of: time(1), pending: [] })
  expect(reasonsAfter(opened)).toEqual([])
})

test('a conversation whose beginning nobody told is partial, and its rest is wished without haste', () => {
  const later = eventOf({ id: 'evt_9', at: 900, word: 'inbound', conversation: whole, target: messageTarget(900) })
  expect(snapshotAfter(later)).toMatchObject({ completeness: 'partial', has_more: true, caused_by: ['evt_9'] })
  expect(reasonsAfter(later)).toEqual(['history reconciliation'])
})

test('the rest is not wished again with every event', () => {
  const [one, two] = [900, 950].map((at) =>
    eventOf({ id: `evt_${at}`, at, word: 'inbound', conversation: whole, target: messageTarget(at) }),
  ) as [Step, Step]
  expect(wishesOf(stateAfter(one), stateAfter(one, two))).toEqual([])
})

test('a conversation that was only ever listed is read once, without haste, and asked for again when it changes long after', () => {
  const listedAt = (tick: number) =>
    readAt(tick, { ...whole, status: 'archived' }, [], { kind: 'listed', messages: null, comments: null })
  expect(snapshotAfter(listedAt(900))).toMatchObject({ completeness: 'partial', messages: [] })
  expect(reasonsAfter(listedAt(900))).toEqual(['found reconciliation'])
  expect(wishesOf(stateAfter(listedAt(900)), stateAfter(listedAt(900), listedAt(950)))).toEqual([])
  const sevenHours = 7 * 3_600
  expect(wishesOf(stateAfter(listedAt(900)), stateAfter(listedAt(900), listedAt(900 + sevenHours)))).toHaveLength(1)
  expect(reasonsAfter(listedAt(900), readAt(900, whole, [1]))).toEqual([])
  expect(reasonsAfter(readAt(900, whole, [1]), listedAt(900 + sevenHours))).toEqual([])
})

test('a conversation that is complete without a read is not read because it is listed, nor is a deleted one', () => {
  const listed = readAt(900, whole, [], { kind: 'listed', messages: null, comments: null })
  expect(reasonsAfter(opened, listed)).toEqual([])
  expect(reasonsAfter({ ...listed, conversation: readAt(900, { status: 'deleted' }).conversation })).toEqual([])
})

test('a comment that an event tells late is there, though a newer event carried the whole conversation', () => {
  const comment = {
    _meta: { type: 'comment' },
    data: { id: 'com_1', body: 'Look', posted_at: seconds(5), author: null },
  }
  const mention = eventOf({ id: 'evt_5', at: 5, word: 'mention', conversation: whole, target: comment, shape: 'event' })
  const newer = eventOf({ id: 'evt_6', at: 6, word: 'archive', conversation: { ...whole, status: 'archived' } })
  expect(snapshotAfter(opened, newer, mention)).toMatchObject({ comments: [{ id: 'com_1' }], status: 'archived' })
})

test.for([
  ['archive', { status: 'archived' }],
  ['trash', { status: 'deleted', state: 'deleted' }],
  ['unassign', { assignee: null, status: 'unassigned' }],
] as const)('a preview of %s tells all by itself', ([word, said]) => {
  const steps = [opened, eventOf({ id: 'evt_2', at: 2, word })]
  expect(snapshotAfter(...steps)).toMatchObject({
    ...said,
    caused_by: ['evt_2', 'evt_open'],
    pending: [],
    as_of: time(2),
  })
  expect(reasonsAfter(...steps)).toEqual([])
})

test('a preview of a message is pending until its text is known, and wished in its lane', () => {
  const preview = eventOf({ id: 'evt_2', at: 2, word: 'inbound', target: named('message', 'msg_2') })
  expect(snapshotAfter(opened, preview)).toMatchObject({ caused_by: ['evt_open'], pending: ['evt_2'] })
  expect(reasonsAfter(opened, preview)).toEqual(['preview live-high'])
  const later = eventOf({
    id: 'evt_3',
    at: 3,
    word: 'tag',
    conversation: { ...whole, last_message: messageAt(2) },
    target: { _meta: { type: 'tag' }, data: { id: 'tag_1', name: 'One' } },
  })
  expect(snapshotAfter(opened, preview, later)).toMatchObject({
    pending: [],
    messages: [{ id: 'msg_2' }, { id: 'msg_1' }],
  })
})

test('a full copy that has not got the message any more ends the waiting for it', () => {
  const preview = eventOf({ id: 'evt_2', at: 2, word: 'inbound', target: named('message', 'msg_2') })
  const copy = eventOf({ id: 'evt_2', at: 2, word: 'inbound', conversation: whole, target: named('message', 'msg_2') })
  const supplement = refreshOf({
    kind: 'supplement',
    caused_by: ['evt_2'],
    caused_at: [time(2)],
    payload: copy.payload,
  })
  expect(snapshotAfter(opened, preview, supplement)).toMatchObject({ pending: [], messages: [{ id: 'msg_1' }] })
})

test('a preview of a change is reflected by a later event that carries the conversation, and by no earlier one', () => {
  const preview = eventOf({ id: 'evt_3', at: 3, word: 'custom_field_updated' })
  expect(snapshotAfter(opened, preview).pending).toEqual(['evt_3'])
  const [before, after] = [2, 4].map((at) => eventOf({ id: `evt_${at}`, at, word: 'move', conversation: whole })) as [
    Step,
    Step,
  ]
  expect(snapshotAfter(opened, preview, before).pending).toEqual(['evt_3'])
  expect(snapshotAfter(opened, preview, after).pending).toEqual([])
})

test('a tag told by a preview is there at once, and pending until its name is', () => {
  const preview = eventOf({ id: 'evt_2', at: 2, word: 'tag', target: named('tag', 'tag_7') })
  expect(snapshotAfter(opened, preview)).toMatchObject({ tags: [{ id: 'tag_7', name: '' }], pending: ['evt_2'] })
  const off = eventOf({ id: 'evt_3', at: 3, word: 'untag', target: named('tag', 'tag_7') })
  expect(snapshotAfter(opened, preview, off)).toMatchObject({ tags: [] })
})

test('what a later read of the list does not find is gone; what was told after it stays', () => {
  const second = eventOf({ id: 'evt_2', at: 2, word: 'inbound', conversation: whole, target: messageTarget(2) })
  const third = eventOf({ id: 'evt_9', at: 9, word: 'inbound', conversation: whole, target: messageTarget(9) })
  const messages = snapshotAfter(opened, second, third, readAt(5, whole, [1])).messages
  expect(messages.map(({ id }) => id)).toEqual(['msg_9', 'msg_1'])
})

test('a merge ends a conversation for good, names the survivor, and asks for it to be read', () => {
  const merged = refreshOf({ kind: 'merged', at: time(5), merged_into: 'cnv_2' })
  const after = readAt(9, whole, [1])
  const snapshot = snapshotAfter(opened, merged, after)
  expect(snapshot).toMatchObject({ state: 'merged', merged_into: 'cnv_2', as_of: time(5), subject: null, messages: [] })
  expect(snapshot.fold_json).not.toContain('"s"')
  expect(wishesOf(stateAfter(opened), stateAfter(opened, merged))).toMatchObject([
    { kind: 'wish', conversation_id: 'cnv_2', reason: 'merged', lane: 'live-high' },
  ])
})

test('the event of a merge ends the conversations that it names, and has its own read', () => {
  const target = { _meta: { type: 'deleted_conversation_ids' }, data: ['cnv_8', 'cnv_9'] }
  const merge = eventOf({ id: 'evt_5', at: 5, word: 'conversations_merged', conversation: whole, target })
  const told = wishesOf(stateAfter(opened), stateAfter(opened, merge))
  expect(told.map(({ kind, conversation_id, merged_into }) => [kind, conversation_id, merged_into]).toSorted()).toEqual(
    [
      ['merged', 'cnv_8', 'cnv_1'],
      ['merged', 'cnv_9', 'cnv_1'],
      ['wish', 'cnv_1', null],
    ],
  )
})

test('only a read brings back what was gone; a later event asks for one', () => {
  const gone = refreshOf({ kind: 'gone', at: time(5), reason: 'not-found' })
  const later = eventOf({ id: 'evt_7', at: 7, word: 'inbound', conversation: whole, target: messageTarget(7) })
  expect(snapshotAfter(opened, gone)).toMatchObject({
    state: 'gone',
    as_of: time(5),
    subject: null,
    completeness: 'partial',
  })
  expect(snapshotAfter(opened, gone, later).state).toBe('gone')
  expect(wishesOf(stateAfter(opened, gone), stateAfter(opened, gone, later))).toMatchObject([{ reason: 'ended' }])
  expect(snapshotAfter(opened, gone, later, readAt(8, whole, [1, 7]))).toMatchObject({ state: 'live', subject: 's' })
})

test('what only rule events told of and nobody may read is not ended by that', () => {
  const rule = eventOf({ id: 'evt_1', at: 1, word: 'inbound', shape: 'event' })
  const forbidden = refreshOf({ kind: 'gone', at: time(2), reason: 'forbidden' })
  expect(snapshotAfter(rule, forbidden)).toMatchObject({ state: 'live', completeness: 'partial' })
  const next = eventOf({ id: 'evt_3', at: 3, word: 'inbound', shape: 'event' })
  expect(wishesOf(stateAfter(rule, forbidden), stateAfter(rule, forbidden, next))).toEqual([])
})

test('an older state never replaces the end of a deleted conversation, a restoring asks for a read', () => {
  const trashed = eventOf({ id: 'evt_5', at: 5, word: 'trash', conversation: { ...whole, status: 'deleted' } })
  const late = eventOf({ id: 'evt_4', at: 4, word: 'move', conversation: { ...whole, status: 'assigned' } })
  expect(snapshotAfter(opened, trashed, late)).toMatchObject({ state: 'deleted', subject: 's' })
  const restored = eventOf({ id: 'evt_6', at: 6, word: 'restore', conversation: whole })
  expect(wishesOf(stateAfter(opened, trashed), stateAfter(opened, trashed, restored))).toMatchObject([
    { reason: 'restored', lane: 'live-high' },
  ])
})

test('an event that is recorded a day late is read, not folded, unless a read is newer than it', () => {
  const day = 25 * 3_600_000
  const state = foldAll([opened], undefined, day) as ConversationState
  expect(snapshotOf(state, true)).toMatchObject({ subject: null, messages: [], pending: ['evt_open'] })
  expect(wishesOf(undefined, state)).toMatchObject([{ reason: 'old-event' }])
  expect(wishesOf(undefined, foldAll([readAt(2, whole, [1]), opened], undefined, day) as ConversationState)).toEqual([])
})

test('a listed event that carries the survivor of its conversation is not taken for the conversation', () => {
  const listed = eventOf({
    id: 'evt_2',
    at: 2,
    word: 'move',
    shape: 'event',
    conversation: { ...whole, id: 'cnv_2', subject: 'other' },
  })
  expect(snapshotAfter(opened, listed).subject).toBe('s')
})

test('an end is forgotten after thirty days and not before, and what comes then begins anew', () => {
  const trashed = eventOf({ id: 'evt_5', at: 5, word: 'trash', conversation: { ...whole, status: 'deleted' } })
  const day = 86_400
  const forget = (days: number) => refreshOf({ kind: 'forget', at: time(5 + days * day) })
  expect(stateAfter(opened, trashed, forget(29)).forgotten).toBeNull()
  expect(stateAfter(opened, forget(31)).forgotten).toBeNull()
  const forgotten = stateAfter(opened, trashed, forget(31))
  expect(forgotten.forgotten).not.toBeNull()
  const anew = eventOf({
    id: 'evt_9',
    at: 40 * day,
    word: 'inbound',
    conversation: whole,
    target: messageTarget(40 * day),
  })
  expect(snapshotAfter(opened, trashed, forget(31), anew)).toMatchObject({ state: 'live', caused_by: ['evt_9'] })
})

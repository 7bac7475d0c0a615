import { waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bodyOf, messageEvent, replayOf } from './support/handling.ts'
import { type Running, startRunning } from './support/running.ts'

/** A team's file, in a directory without any package. */
const team = `
import { on, permanent, type HandlerContext } from '@millrace/handlers'

on('message.received', async (event, ctx: HandlerContext) => {
  const text: string = event.message.text ?? ''
  if (text === 'refuse') throw permanent('not ours')
  if (text === 'stray') {
    setTimeout(() => { throw new Error('nobody catches this') }, 1)
    await new Promise((resolve) => setTimeout(resolve, 5_000, undefined))
  }
  if (text === 'rejection') {
    void Promise.reject(new Error('nor this'))
    await new Promise((resolve) => setTimeout(resolve, 5_000, undefined))
  }
  await ctx.emit('answer.due', { text })
  if (event.conversation_uri) await ctx.mcp.notify(event.conversation_uri)
})
`

let here: Running

beforeAll(async () => {
  here = await startRunning()
})
afterAll(() => here.close())

const emittedFor = (text: string) =>
  here.events.filter(({ payload, provider }) => {
    if (provider !== 'millrace') return false
    return (JSON.parse(payload.toString()) as { data: { text: string } }).data.text === text
  })
const seen = (fact: () => unknown, what: string) => waitFor(fact, { what })

test('events go through a team’s file exactly once, however the process ends', async () => {
  await here.dedup()
  const service = await here.handlers([team])
  const events = Array.from({ length: 40 }, (_, place) => messageEvent(`text ${place}`))
  await here.publish(...events)
  await seen(() => here.received.length >= 10, 'some to be emitted')
  await service.kill()
  await service.start()
  const handledAll = () => events.every((_, place) => emittedFor(`text ${place}`).length > 0)
  await seen(handledAll, 'all to be emitted')
  await here.publish(messageEvent('last'))
  await seen(() => emittedFor('last').length === 1, 'the last one')
  expect(events.map((_, place) => emittedFor(`text ${place}`).length)).toEqual(events.map(() => 1))
  const [first] = emittedFor('text 0')
  expect(first).toMatchObject({ type: 'millrace.answer.due', conversation_id: 'cnv_1', identity: 'provider' })
  await seen(() => here.notices.some(({ subject }) => subject === 'conversation://acme/cnv_1'), 'its announcement')
})

test('what a handler gives up, and what it lets nobody catch, is a dead letter; the process goes on', async () => {
  await here.publish(messageEvent('refuse'), messageEvent('stray'), messageEvent('rejection'), messageEvent('after'))
  await seen(() => emittedFor('after').length === 1, 'the event after them')
  expect(await here.deadLetters('handlers')).toEqual([
    ['MR_HANDLERS_REFUSED', 'handler "team-0 message.received": not ours'],
    ['MR_HANDLERS_FAILED', 'handler "team-0 message.received": Error'],
    ['MR_HANDLERS_FAILED', 'handler "team-0 message.received": Error'],
  ])
})

test('a replay runs the handlers again, and what they emit is new where its ids are not kept', async () => {
  const event = messageEvent('replayed')
  await here.publish(event)
  await seen(() => emittedFor('replayed').length === 1, 'the first time')
  await here.replay(replayOf(event, { keeps_ids: true }), replayOf(event, { keeps_ids: false, run_id: 'run-2' }))
  await seen(() => emittedFor('replayed').length === 2, 'the second time')
  // All three were written; the one whose id was kept is known to dedup.
  const written = () => here.received.filter((each) => bodyOf(each).caused_by === event.event_id)
  await seen(() => written().length >= 3, 'the third to be written')
  expect(new Set(written().map((each) => bodyOf(each).id)).size).toBe(2)
  expect(emittedFor('replayed')).toHaveLength(2)
})

test('another group has its own offsets and its own dead letters', async () => {
  await here.handlers(
    [`import { on } from '@millrace/handlers'\non('*', ({ message }) => { if (message?.text === 'refuse') throw 0 })`],
    { HANDLERS_GROUP: 'handlers-audit' },
  )
  const dead = await seen(async () => {
    const letters = await here.deadLetters('handlers-audit')
    return letters.length > 0 && letters
  }, 'its dead letter')
  expect(dead).toEqual([['MR_HANDLERS_FAILED', 'handler "team-1 *": Error']])
})

test.each([
  ['on() of a type that there is not', `import { on } from '@millrace/handlers'\non('message.recieved', () => {})`],
  ['an error at its top', `throw new Error('no database')`],
  ['no TypeScript', `on(`],
])('a file with %s ends the process, and the log names it', async (_, text) => {
  const failure = await here.handlers([text]).catch((error: Error) => error.message)
  expect(failure).toMatch(/MR_HANDLERS_FILE/)
  expect(failure).toMatch(/team-\d/)
})

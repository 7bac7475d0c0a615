import { startTcpProxy, waitFor } from '@millrace/test-support'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { freshConversation } from './support/events.ts'
import { createInstallation, type Installation } from './support/installation.ts'

let here: Installation

beforeAll(async () => {
  here = await createInstallation()
  await here.start({ fetchTimeoutMs: 1_000 })
})

afterEach(() => here.front.clearFaults())
afterAll(() => here.close())

function conversation(): string {
  const id = freshConversation()
  here.front.world.putConversation({ id, subject: 'Hello' })
  return id
}

test('after a 429 no call is made before its Retry-After is over, and nothing is lost', async () => {
  const alone = await createInstallation()
  onTestFinished(() => alone.close())
  const ids = Array.from({ length: 4 }, freshConversation)
  for (const id of ids) alone.front.world.putConversation({ id, subject: 'Hello' })
  alone.front.fail({ count: 1, status: 429, headers: { 'retry-after': '2' } })
  await alone.run()
  const [throttled = '', ...others] = ids
  const first = await alone.event(throttled)
  const { at: throttledAt } = await waitFor(() => alone.front.calls().find(({ status }) => status === 429), {
    what: 'the 429',
  })
  const events = await Promise.all(others.map((id) => alone.event(id)))
  await alone.reflected(throttled, first)
  await Promise.all(others.map((id, place) => alone.reflected(id, events[place] as string)))
  const later = alone.front.calls().flatMap(({ status, at }) => (status === 429 ? [] : [at - throttledAt]))
  expect(Math.min(...later)).toBeGreaterThanOrEqual(1_990)
})

test('a 429 in the middle of a read stops the read as well', async () => {
  const id = conversation()
  here.front.fail({ path: `${id}/messages`, count: 1, status: 429, headers: { 'retry-after': '1' } })
  await here.reflected(id, await here.event(id))
  const statuses = here.front.calls(`${id}/messages`).map(({ status }) => status)
  expect(statuses).toEqual([429, 200])
})

test.for([
  ['500s', { status: 500 }],
  ['resets', { how: 'reset' }],
  ['half answers', { how: 'malformed' }],
  ['no answer in time', { how: 'hang' }],
] as const)('%s are tried again until the read works', async ([, fault]) => {
  const id = conversation()
  here.front.fail({ path: `/conversations/${id}`, count: 2, ...fault })
  expect(await here.reflected(id, await here.event(id))).toMatchObject({ completeness: 'full' })
})

test('one conversation that cannot be read does not hold up the others', async () => {
  const [stuck, other] = [conversation(), conversation()]
  here.front.fail({ path: stuck, status: 500 })
  const event = await here.event(stuck)
  await waitFor(() => here.front.calls(stuck).length > 0, { what: 'the failing read' })
  await here.reflected(other, await here.event(other))
  expect(here.snapshots(stuck)).toEqual([])
  here.front.clearFaults()
  await here.reflected(stuck, event)
})

test('a token that Front refuses loses no event: they are read once it is accepted', async () => {
  const id = conversation()
  here.front.fail({ status: 401 })
  const event = await here.event(id)
  await waitFor(() => here.front.calls(id).length >= 2, { what: 'a second try' })
  here.front.clearFaults()
  await here.reflected(id, event)
  expect(here.deadLetters()).toBe(0)
})

test('while the API cannot be reached events wait, and are read when it is back', async () => {
  const away = await createInstallation()
  onTestFinished(() => away.close())
  const proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: away.front.port } })
  onTestFinished(() => proxy.close())
  await away.start({ fetchTimeoutMs: 1_000, baseUrl: `http://${proxy.host}:${proxy.port}` })
  const id = freshConversation()
  away.front.world.putConversation({ id, subject: 'Hello' })
  await away.reflected(id, await away.event(id))
  await proxy.down()
  const events = await Promise.all([away.event(id), away.event(id)])
  await waitFor(() => away.answers.filter(({ status }) => status === null).length >= 3, {
    what: 'some tries that fail',
  })
  await proxy.up()
  for (const event of events) await away.reflected(id, event)
  expect(away.deadLetters()).toBe(0)
})

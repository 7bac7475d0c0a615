import { once } from 'node:events'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { type Topic, topics } from '@millrace/schemas'
import {
  eventValue,
  type FrontSimulator,
  patient,
  quietLog,
  startFrontSimulator,
  waitFor,
} from '@millrace/test-support'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Env, millrace, ownTopics, start } from './support/millrace.ts'
import { runInside } from './support/run-inside.ts'

const DAY = 86_400_000
let front: FrontSimulator
let kafka: Kafka
let env: Env
let made = 0

beforeAll(async () => {
  front = await startFrontSimulator()
})

beforeEach(async () => {
  front.reset()
  env = {
    ...ownTopics(),
    REDIS_URL: process.env.REDIS_URL ?? '',
    WEBHOOK_SECRET: 'a secret',
    FRONT_API_TOKEN: front.token,
    FRONT_API_BASE_URL: front.url,
    FRONT_API_CALLS_PER_MINUTE: '6000',
  }
  await kafka?.close(1_000)
  const { KAFKA_BROKERS = '', KAFKA_PREFIX = '' } = env
  kafka = connectKafka({
    ...patient,
    brokers: KAFKA_BROKERS.split(','),
    clientId: 'test',
    log: quietLog,
    prefix: KAFKA_PREFIX,
  })
  const used = [topics.received, topics.events] as Topic<unknown>[]
  await kafka.ensureTopics(used, { eventPartitions: 1, replication: 1 })
})

afterAll(async () => {
  await kafka.close(1_000)
  await front.close()
})

/** Lists events at these times. */
function listed(...times: number[]): string[] {
  return times.map((at) => {
    const id = `evt_backfill${made++}`
    front.world.addEvent({ id, type: 'archive', emitted_at: at / 1000, conversation: { id: `cnv_${made % 3}` } })
    return id
  })
}

async function received(): Promise<{ id: string; origin: string }[]> {
  const found: { id: string; origin: string }[] = []
  for await (const record of kafka.read(topics.received as Topic<unknown>, { untilEnd: true })) {
    const value = kafka.decode(topics.received, record)
    if (value !== null) found.push({ id: JSON.parse(String(value.payload)).id, origin: value.origin })
  }
  return found
}

test('says what it will cost, then stores the events of the time and no others', async () => {
  const now = Date.now()
  listed(now - 3 * DAY)
  const ids = listed(...Array.from({ length: 40 }, (_, index) => now - 7_200_000 + index * 60_000))
  listed(now - 1_000)
  const { code, out, err } = await millrace(['backfill', 'front', '--since', '3h', '--until', '1h'], env)
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/^about \d+ events: about [1-6] calls of account default \(6000 a minute\), less than a minute/)
  expect(out).toContain('40 events stored in 3 calls')
  expect((await received()).map(({ id, origin }) => [id, origin])).toEqual(ids.map((id) => [id, 'poll']))
})

test('with --dry-run it costs the calls of the estimate and stores nothing', async () => {
  listed(...Array.from({ length: 10 }, (_, index) => Date.now() - 60_000 + index))
  const { code, out } = await millrace(['backfill', 'front', '--since', '1h', '--dry-run'], env)
  expect([code, await received()]).toEqual([0, []])
  expect(out).toBe(
    '10 events: 1 call of account default (6000 a minute), less than a minute; to find this out took 1\n',
  )
})

test('what was known longer ago than dedup remembers is passed over', async () => {
  const at = Date.now() - 10 * DAY
  const [known = '', missed = ''] = listed(at, at + 1_000)
  await kafka.send(topics.events, 'default/cnv_1', eventValue({ event_id: known, occurred_at: at, received_at: at }))
  const { out } = await millrace(['backfill', 'front', '--since', '11d'], env)
  expect(out).toContain('1 events stored, 1 known and passed over')
  expect((await received()).map(({ id }) => id)).toEqual([missed])
})

test('stopped by Ctrl-C it says how to go on', async () => {
  listed(...Array.from({ length: 200 }, (_, index) => Date.now() - 3_600_000 + index * 1_000))
  // Of fourteen pages, and six at most for the estimate: it stands in the middle, however fast it is.
  const answered = 10
  front.fail({ path: '/events', count: answered }, { path: '/events', how: 'hang' })
  const running = start(['backfill', 'front', '--since', '2h'], env)
  let told = ''
  running.stderr?.on('data', (chunk) => {
    told += chunk
  })
  const ended = once(running, 'close')
  await waitFor(() => front.calls('/events').length > answered, { what: 'some pages' })
  running.kill('SIGINT')
  expect((await ended)[0]).toBe(130)
  front.clearFaults()
  const goOn = /this goes on from there:\n {2}millrace (.*)\n/.exec(told)?.[1] ?? ''
  expect((await millrace(goOn.split(' '), env)).code).toBe(0)
  expect(new Set((await received()).map(({ id }) => id)).size).toBe(200)
})

test('while Front is down it says so once and that stopping is safe, and gives up after --timeout', async () => {
  listed(Date.now() - 60_000)
  front.fail({ path: '/events', status: 503 })
  const { code, out, err } = await millrace(['backfill', 'front', '--since', '1h', '--timeout', '4s'], env)
  front.clearFaults()
  expect([code, out]).toEqual([75, ''])
  expect(err.match(/Front does not answer/g)).toHaveLength(1)
  expect(err).toMatch(/up to 4s \(--timeout\); next try in 1 s\.\nCtrl-C is safe/)
  expect(err).toMatch(/millrace: Front did not answer: .*503/)
})

test('a short outage of Front is waited for', async () => {
  listed(...Array.from({ length: 40 }, (_, index) => Date.now() - 3_600_000 + index * 1_000))
  front.fail({ path: '/events', status: 503, count: 1 })
  const { code, out } = await millrace(['backfill', 'front', '--since', '2h'], env)
  expect([code, out]).toEqual([0, expect.stringContaining('40 events stored')])
})

test.for([
  [['backfill', 'front', '--since', '1h', '--timeout', 'soon'], 'not "soon"'],
  [['backfill', 'front'], 'needs --since'],
  [['backfill', 'front', '--since', 'yesterday'], 'not "yesterday"'],
  [['backfill', 'front', '--since', '1h', '--until', '2h'], 'must be before'],
  [['backfill', 'front', '--since', '31d'], 'more than 30 days ago'],
] as const)('%j is refused: %s', async ([argv, reason]) => {
  const { code, err } = await runInside(argv)
  expect([code, err]).toEqual([2, expect.stringContaining(reason)])
})

test('a source whose provider lists nothing is refused with the reason', async () => {
  const { code, err } = await millrace(['backfill', 'make-chatgpt-clients', '--since', '1h'], env)
  expect([code, err]).toEqual([1, expect.stringContaining('gaps cannot be repaired')])
})

import type { WireFormat } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import { describe, expect, test } from 'vitest'
import { type ConsumeOptions, type Kafka, permanent, type Running, throttled, transient } from '../src/index.ts'
import { bytes, fill, gate, text, viewGroup } from './support/consuming.ts'
import { bareClient, connectForTest, randomName, range, readAll, setUpTopics } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const names = [
  'order',
  'head',
  'slow',
  'bound',
  'bug',
  'odd',
  'never',
  'poison',
  'retry',
  'spent',
  'wait',
  'later',
  'gaps',
  'start',
  'late',
] as const
type Name = (typeof names)[number]
const source = (name: Name) => bytesTopic(`${name}.in`, { partitions: name === 'order' ? 4 : 1 })
const letters = (name: Name) => bytesTopic(`${name}.in.dlq.${name}`, { partitions: name === 'order' ? 4 : 1 })
setUpTopics(prefix, [...names.map(source), ...names.filter((name) => name !== 'late').map(letters)])

function start(
  kafka: Kafka,
  name: Name,
  handle: ConsumeOptions<Buffer>['handle'],
  more: Partial<ConsumeOptions<Buffer>> = {},
): Running {
  return kafka.consume<Buffer>({ group: name, topics: [source(name)], ordering: 'key', handle, ...more })
}

test('records of a key are handled one after the other and in order, while other keys run side by side', async () => {
  const { kafka } = connectForTest({ prefix })
  const keys = range(8).map((n) => `key-${n}`)
  await fill(
    kafka,
    source('order'),
    range(20).flatMap((n) => keys.map((key) => `${key}:${n}`)),
  )
  const running = new Set<string>()
  const seen: string[] = []
  let most = 0
  let overlaps = 0
  const consumer = start(kafka, 'order', async (record) => {
    if (running.has(record.key)) overlaps++
    running.add(record.key)
    most = Math.max(most, running.size)
    await new Promise(setImmediate)
    seen.push(text(record))
    running.delete(record.key)
  })
  await consumer.caughtUp()
  expect(overlaps).toBe(0)
  expect(most).toBeGreaterThan(1)
  // The log's own order: just after a topic was made, a repeated send can double records.
  const written = (await readAll(kafka, source('order'))).map((record) => String(record.value))
  for (const key of keys) {
    const own = (values: readonly string[]) => values.filter((value) => value.startsWith(`${key}:`))
    expect(own(seen)).toEqual(own(written))
  }
})

test('nothing is committed beyond a record that is unfinished, however many after it are done', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, source('head'), ['a:0', 'a:1', ...range(30).map((n) => `b${n}:0`)])
  const hold = gate()
  const seen: string[] = []
  const consumer = start(kafka, 'head', async (record) => {
    if (text(record) === 'a:1') await hold.opened
    seen.push(text(record))
  })
  await waitFor(() => seen.length === 31, { what: 'all records but one' })
  const group = await viewGroup(prefix, 'head', source('head'))
  await group.untilCommitted(1)
  hold.open()
  await consumer.caughtUp()
  expect(await group.committed()).toBe(32)
})

test('a slow record holds up its own key alone', async () => {
  const { kafka } = connectForTest({ prefix })
  const hold = gate()
  const seen: string[] = []
  const consumer = start(kafka, 'slow', async (record) => {
    if (text(record) === 'slow:0') await hold.opened
    seen.push(text(record))
  })
  await fill(kafka, source('slow'), ['slow:0', 'slow:1', ...range(200).map((n) => `k${n}:0`)])
  await waitFor(() => seen.length === 200, { what: 'every other key' })
  expect(seen.filter((value) => value.startsWith('slow'))).toEqual([])
  await waitFor(() => consumer.health().oldestMs > 100, { what: 'the age of the stuck record' })
  expect(consumer.health()).toMatchObject({ isReady: true, inFlight: 2 })
  hold.open()
  await consumer.caughtUp()
  expect(seen.slice(-2)).toEqual(['slow:0', 'slow:1'])
  expect(consumer.health()).toMatchObject({ inFlight: 0, oldestMs: 0 })
})

test('at the bound no more is fetched, and below half of it fetching goes on', async () => {
  const { kafka } = connectForTest({ prefix })
  // Records of 200 KB: a fetch holds two or three of them.
  const value = Buffer.alloc(200_000, 'x')
  const send = (count: number) => Promise.all(range(count).map((n) => kafka.send(source('bound'), `k${n}`, value)))
  await send(20)
  const hold = gate()
  let handled = 0
  const consumer = start(
    kafka,
    'bound',
    async () => {
      await hold.opened
      handled++
    },
    { maxInFlight: 4 },
  )
  await waitFor(() => consumer.health().inFlight >= 4, { what: 'the bound to be reached' })
  const ends = await kafka.ends(source('bound'))
  // Two more fetches' time, seen by another group that reads on.
  const other = kafka.consume<Buffer>({
    group: 'bound-other',
    topics: [source('bound')],
    ordering: 'none',
    handle: async () => {},
  })
  await other.caughtUp()
  expect(ends.get(0)).toBe(20n)
  expect(consumer.health().inFlight).toBeLessThan(10)
  hold.open()
  await consumer.caughtUp()
  expect(handled).toBe(20)
})

describe('a record that cannot be handled goes to the dead-letter topic at once, and the consumer goes on', () => {
  const cases = [
    ['bug', 'a TypeError', () => (undefined as unknown as { x: string }).x, 'MR_KAFKA_HANDLER_BUG', 'TypeError'],
    [
      'odd',
      'an unknown error',
      () => {
        throw 'no Error at all'
      },
      'MR_KAFKA_HANDLER_BUG',
      'Error',
    ],
    [
      'never',
      'a permanent error',
      () => {
        throw permanent('MR_TEST_NEVER', 'never')
      },
      'MR_TEST_NEVER',
      'PermanentError',
    ],
  ] as const
  for (const [name, what, fail, code, className] of cases) {
    test(`for ${what}`, async () => {
      const { kafka } = connectForTest({ prefix })
      await kafka.send(source(name), 'k', bytes('good 1'))
      await kafka.send(source(name), 'k', bytes('bad'), { headers: { 'x-own': 'kept' } })
      await kafka.send(source(name), 'k', bytes('good 2'))
      const seen: string[] = []
      const consumer = start(kafka, name, async (record) => {
        if (text(record) === 'bad') fail()
        seen.push(text(record))
      })
      await consumer.caughtUp()
      expect(seen).toEqual(['good 1', 'good 2'])
      const [letter, ...others] = await readAll(kafka, letters(name))
      expect(others).toEqual([])
      expect(letter).toMatchObject({ key: 'k', value: bytes('bad'), partition: 0 })
      const header = (key: string) => letter?.headers.get(key) ?? Buffer.alloc(0)
      expect(String(header('x-own'))).toBe('kept')
      expect(String(header('kafka_dlt-original-topic'))).toBe(source(name).name)
      expect(header('kafka_dlt-original-partition').readInt32BE()).toBe(0)
      expect(header('kafka_dlt-original-offset').readBigInt64BE()).toBe(1n)
      expect(String(header('kafka_dlt-original-consumer-group'))).toBe(name)
      expect(String(header('kafka_dlt-exception-fqcn'))).toBe(className)
      expect(String(header('x-error-code'))).toBe(code)
    })
  }
})

test('a record that cannot be decoded goes to the dead-letter topic with its bytes unchanged', async () => {
  const wire: WireFormat = {
    encode: (_, value) => value as Buffer,
    decode: (_, value) => {
      if (value.includes('poison')) throw new Error(`no known schema in ${value}`)
      return value as never
    },
  }
  const { kafka } = connectForTest({ prefix, wire })
  await fill(kafka, source('poison'), ['k:good', 'k:poison', 'k:better'])
  const seen: string[] = []
  const consumer = start(kafka, 'poison', async (record) => void seen.push(text(record)))
  await consumer.caughtUp()
  expect(seen).toEqual(['k:good', 'k:better'])
  const [letter] = await readAll(kafka, letters('poison'))
  expect(String(letter?.value)).toBe('k:poison')
  expect(String(letter?.headers.get('x-error-code'))).toBe('MR_KAFKA_UNDECODABLE')
})

test('a transient failure is tried again with growing pauses while other keys go on', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, source('retry'), ['a:0', 'a:1', 'b:0'])
  const seen: string[] = []
  const triedAt: number[] = []
  const consumer = start(kafka, 'retry', async (record, { attempt }) => {
    if (text(record) === 'a:0') {
      triedAt.push(performance.now())
      if (attempt < 4) throw transient('away')
    }
    seen.push(text(record))
  })
  await consumer.caughtUp()
  expect(seen).toEqual(['b:0', 'a:0', 'a:1'])
  expect(triedAt).toHaveLength(4)
  // Half to all of 100, 200 and 400 ms.
  const pauses = triedAt.slice(1).map((at, n) => at - (triedAt[n] ?? 0))
  expect(pauses.map((pause, n) => pause >= 50 * 2 ** n - 2)).toEqual([true, true, true])
  expect(await readAll(kafka, letters('retry'))).toEqual([])
})

test('a record that fails for longer than retryForMs is given up, with the reason of its last failure', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, source('spent'), ['a:0', 'a:1'])
  const seen: string[] = []
  const fail = async (value: string) => {
    if (value === 'a:0') throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    seen.push(value)
  }
  const consumer = start(kafka, 'spent', (record) => fail(text(record)), { retryForMs: 300 })
  await consumer.caughtUp()
  expect(seen).toEqual(['a:1'])
  const [letter] = await readAll(kafka, letters('spent'))
  expect(String(letter?.headers.get('x-error-code'))).toBe('MR_KAFKA_RETRIES_SPENT')
  expect(String(letter?.headers.get('kafka_dlt-exception-message'))).toContain('ECONNREFUSED')
})

test('a throttled record waits for as long as it was told, and is never given up', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, source('wait'), ['a:0', 'b:0'])
  const triedAt: number[] = []
  const seen: string[] = []
  const handle: ConsumeOptions<Buffer>['handle'] = async (record, { attempt }) => {
    if (record.key === 'a') triedAt.push(Date.now())
    if (record.key === 'a' && attempt < 3) throw throttled('slowly', 300)
    seen.push(record.key)
  }
  const consumer = start(kafka, 'wait', handle, { retryForMs: 1 })
  await consumer.caughtUp()
  expect(seen).toEqual(['b', 'a'])
  expect(triedAt).toHaveLength(3)
  const waits = triedAt.slice(1).map((at, n) => at - (triedAt[n] ?? 0))
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(300)
})

test('a record that is not due yet holds its key alone, and is handled when it is due', async () => {
  const { kafka } = connectForTest({ prefix })
  let due = 0
  const seen: { value: string; at: number }[] = []
  await fill(kafka, source('later'), ['a:later', 'a:1', 'b:0'])
  // From the moment on at which it is read: however long that takes, the others are in hand then.
  const dueAt = () => {
    due ||= Date.now() + 1_500
    return due
  }
  const consumer = start(kafka, 'later', async (record) => void seen.push({ value: text(record), at: Date.now() }), {
    notBefore: (record) => (text(record) === 'a:later' ? dueAt() : 0),
  })
  await consumer.caughtUp()
  expect(seen.map(({ value }) => value)).toEqual(['b:0', 'a:later', 'a:1'])
  expect(seen[0]?.at).toBeLessThan(due)
  expect(seen[1]?.at).toBeGreaterThanOrEqual(due)
})

test('offsets that hold no record for a handler do not stop commits: markers of transactions, and what was aborted', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = `${prefix}${source('gaps').name}`
  const producer = bareClient().producer({ transactionalId: `${prefix}gaps`, maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  for (const n of range(6)) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ key: 'k', value: `${n}`, partition: 0 }] })
    await (n % 2 === 0 ? transaction.commit() : transaction.abort())
  }
  await producer.disconnect()
  const seen: string[] = []
  const consumer = start(kafka, 'gaps', async (record) => void seen.push(text(record)))
  await consumer.caughtUp()
  expect(seen).toEqual(['0', '2', '4'])
  // Each record is followed by its transaction's marker, the last of which ends an aborted one.
  const group = await viewGroup(prefix, 'gaps', source('gaps'))
  await group.untilCommitted(12)
})

test('a group without commits begins with the first record, one with commits where it left off', async () => {
  const first = connectForTest({ prefix })
  await fill(first.kafka, source('start'), ['k:0', 'k:1'])
  const seen: string[] = []
  const before = start(first.kafka, 'start', async (record) => void seen.push(text(record)))
  await before.caughtUp()
  await before.close()
  await fill(first.kafka, source('start'), ['k:2'])
  const { kafka } = connectForTest({ prefix })
  const after = start(kafka, 'start', async (record) => void seen.push(text(record)))
  await after.caughtUp()
  expect(seen).toEqual(['k:0', 'k:1', 'k:2'])
})

test('a dead letter that cannot be written is tried again without handling its record again', async () => {
  const { kafka, log, options } = connectForTest({ prefix })
  await fill(kafka, source('late'), ['a:bad', 'b:good'])
  let calls = 0
  const seen: string[] = []
  const consumer = start(kafka, 'late', async (record) => {
    if (text(record) === 'b:good') return void seen.push(text(record))
    calls++
    throw permanent('MR_TEST_NEVER', 'never')
  })
  await waitFor(() => log.count('dead letter could not be written yet') >= 1, { what: 'a refused dead letter' })
  expect(seen).toEqual(['b:good'])
  const maker = connectForTest(options).kafka
  await maker.ensureTopics([letters('late')] as never, { eventPartitions: 1, replication: 1 })
  await consumer.caughtUp()
  expect(calls).toBe(1)
  expect(await readAll(kafka, letters('late'))).toHaveLength(1)
})

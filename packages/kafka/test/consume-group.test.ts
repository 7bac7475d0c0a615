import { ownTime, waitFor } from '@millrace/test-support'
import { expect, test } from 'vitest'
import type { ConsumeOptions, Kafka, Running } from '../src/index.ts'
import { startConsumer } from './support/consumer-process.ts'
import { fill, gate, removeBelow, text, viewGroup } from './support/consuming.ts'
import { bareAdmin, connectForTest, counted, randomName, range, setUpTopics, sharedBrokers } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const names = [
  'pair',
  'killed',
  'stalled',
  'cut',
  'joining',
  'drain',
  'hang',
  'keys',
  'spare',
  'ready',
  'again',
  'lag',
] as const
type Name = (typeof names)[number]
const PARTITIONS: Partial<Record<Name, number>> = { pair: 4, killed: 2 }
const source = (name: Name) => bytesTopic(`${name}.in`, { partitions: PARTITIONS[name] ?? 1 })
setUpTopics(prefix, names.map(source))

function start(
  kafka: Kafka,
  name: Name,
  handle: ConsumeOptions<Buffer>['handle'],
  more: Partial<ConsumeOptions<Buffer>> = {},
): Running {
  return kafka.consume<Buffer>({ group: name, topics: [source(name)], ordering: 'key', handle, ...more })
}

function startProcess(name: Name, hangOn?: string) {
  return startConsumer({
    brokers: sharedBrokers(),
    prefix,
    group: name,
    topic: source(name).name,
    partitions: source(name).partitions as number,
    sessionTimeoutMs: 3_000,
    ...(hangOn === undefined ? {} : { hangOn }),
  })
}

test('a second member comes and leaves in order: nothing is lost, little is repeated, order per key holds', async () => {
  const one = connectForTest({ prefix })
  const two = connectForTest({ prefix })
  const keys = range(12).map((n) => `key-${n}`)
  const seen: string[] = []
  const handle: ConsumeOptions<Buffer>['handle'] = async (record) => {
    await new Promise(setImmediate)
    seen.push(text(record))
  }
  const sent: string[] = []
  const burst = async (from: number) => {
    const values = range(25).flatMap((n) => keys.map((key) => `${key}:${from + n}`))
    sent.push(...values)
    await fill(one.kafka, source('pair'), values)
  }
  const staying = start(one.kafka, 'pair', handle)
  await staying.joined
  await burst(0)
  const leaving = start(two.kafka, 'pair', handle)
  await burst(25)
  await leaving.joined
  await burst(50)
  await leaving.close()
  await burst(75)
  await waitFor(() => new Set(seen).size === sent.length, { what: 'every record' })
  await staying.caughtUp()
  expect(new Set(seen)).toEqual(new Set(sent))
  // At most what was in hand at two rebalances.
  expect(seen.length - sent.length).toBeLessThan(200)
  for (const key of keys) {
    const first = [...new Set(seen.filter((value) => value.startsWith(`${key}:`)))]
    expect(first).toEqual(sent.filter((value) => value.startsWith(`${key}:`)))
  }
})

test('a member is killed: everything is handled at least once, and what it had committed is not repeated', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = source('killed')
  await fill(
    kafka,
    topic,
    range(20).map((n) => `key-${n}:before`),
  )
  const before = await kafka.ends(topic)
  const killed = startProcess('killed')
  await killed.said('joined')
  const group = await viewGroup(prefix, 'killed', topic)
  await Promise.all(Array.from(before, ([partition, end]) => group.untilCommitted(Number(end), partition)))
  const late = range(20).map((n) => `key-${n}:after`)
  await fill(kafka, topic, late)
  killed.signal('SIGKILL')
  const seen: string[] = []
  const successor = start(kafka, 'killed', async (record) => void seen.push(text(record)))
  await waitFor(() => new Set([...killed.handled(), ...seen]).size === 40, { what: 'every record' })
  await successor.caughtUp()
  expect(seen.filter((value) => value.endsWith('before'))).toEqual([])
})

test('a member that was stalled beyond its session and comes back takes nothing back from its successor', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = source('stalled')
  await fill(kafka, topic, ['a:1', 'b:hang', 'c:1'])
  const stalled = startProcess('stalled', 'b:hang')
  await stalled.said('handled c:1')
  const group = await viewGroup(prefix, 'stalled', topic)
  await group.untilCommitted(1)
  stalled.signal('SIGSTOP')
  const seen: string[] = []
  const successor = start(kafka, 'stalled', async (record) => void seen.push(text(record)))
  await fill(
    kafka,
    topic,
    range(20).map((n) => `k${n}:1`),
  )
  await successor.caughtUp()
  expect(await group.committed()).toBe(23)
  stalled.signal('SIGCONT')
  // It has noticed when the group has taken it in again.
  const admin = await bareAdmin()
  await waitFor(
    async () => {
      const { groups } = await admin.describeGroups([`${prefix}stalled`])
      return groups[0]?.state === 'Stable' && groups[0].members.length === 2
    },
    { what: 'both to be members', everyMs: 100 },
  )
  expect(await group.committed()).toBe(23)
  await fill(kafka, topic, ['z:1'])
  await waitFor(() => [...seen, ...stalled.handled()].includes('z:1'), { what: 'the next record' })
  await group.untilCommitted(24)
})

test('records removed before they were read are an alert and a counted gap, not a jump to the end', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = source('cut')
  await fill(
    kafka,
    topic,
    range(5).map((n) => `k:${n}`),
  )
  const before = start(kafka, 'cut', async () => {})
  await before.caughtUp()
  await before.close()
  await fill(
    kafka,
    topic,
    range(45).map((n) => `k:${n + 5}`),
  )
  await removeBelow(prefix, topic, 20)
  const seen: string[] = []
  const { kafka: later, log } = connectForTest({ prefix })
  const after = start(later, 'cut', async (record) => void seen.push(text(record)))
  await after.caughtUp()
  expect(seen).toEqual(range(30).map((n) => `k:${n + 20}`))
  const gaps = log.lines.filter(({ level, message }) => level === 'error' && message.startsWith('offset gap'))
  expect(gaps.map(({ fields }) => fields)).toMatchObject([{ group: 'cut', partition: 0, missed: 15 }])
})

test('records removed while a member is at work are a counted gap too', async () => {
  const { kafka, log } = connectForTest({ prefix })
  const topic = source('lag')
  const value = Buffer.alloc(300_000, 'x')
  const send = (count: number) => Promise.all(range(count).map((n) => kafka.send(topic, `k${n}`, value)))
  await send(12)
  const hold = gate()
  const offsets: bigint[] = []
  const consumer = start(
    kafka,
    'lag',
    async ({ offset }) => {
      await hold.opened
      offsets.push(offset)
    },
    { maxInFlight: 2 },
  )
  await waitFor(() => consumer.health().inFlight >= 2, { what: 'the bound to be reached' })
  await removeBelow(prefix, topic, 10)
  hold.open()
  await consumer.caughtUp()
  const missed = log.lines.flatMap(({ fields, message }) =>
    message.startsWith('offset gap') ? [(fields as { missed: number }).missed] : [],
  )
  expect(offsets.length + missed.reduce((sum, each) => sum + each, 0)).toBe(12)
  expect(offsets.slice(-2)).toEqual([10n, 11n])
  expect(missed).toHaveLength(1)
})

test('closing while it joins ends in time, and closing twice is closing once', async () => {
  const { kafka } = connectForTest({ prefix })
  const consumer = start(kafka, 'joining', async () => {})
  const closedAt = ownTime()
  const first = consumer.close()
  expect(consumer.close()).toBe(first)
  await first
  await consumer.joined
  expect(ownTime() - closedAt).toBeLessThan(5_000)
  const admin = await bareAdmin()
  await waitFor(async () => (await admin.describeGroups([`${prefix}joining`])).groups[0]?.members.length === 0, {
    what: 'no member to be left',
  })
})

test('close waits for running handlers, begins no others, and commits', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, source('drain'), ['a:0', 'b:0', 'c:0', 'd:0'])
  const hold = gate()
  const begun: string[] = []
  const consumer = start(
    kafka,
    'drain',
    async (record) => {
      begun.push(text(record))
      await hold.opened
    },
    { concurrency: 2 },
  )
  await waitFor(() => begun.length === 2 && consumer.health().inFlight === 4, { what: 'four in hand, two at work' })
  const closing = consumer.close()
  hold.open()
  await closing
  expect(begun).toEqual(['a:0', 'b:0'])
  const group = await viewGroup(prefix, 'drain', source('drain'))
  expect(await group.committed()).toBe(2)
})

test('a handler that outlives the deadline of close is aborted, and its record stays uncommitted', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, source('hang'), ['a:0', 'b:hangs', 'c:0'])
  const done: string[] = []
  const handle: ConsumeOptions<Buffer>['handle'] = async (record, { signal }) => {
    if (text(record) !== 'b:hangs') return void done.push(text(record))
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const consumer = start(kafka, 'hang', handle)
  await waitFor(() => done.length === 2, { what: 'the others' })
  await consumer.close(200)
  const group = await viewGroup(prefix, 'hang', source('hang'))
  expect(await group.committed()).toBe(1)
})

test('close while the head of a key waits for its next try: nothing after it is handled before it', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, source('keys'), ['k:0', 'k:1'])
  const seen: string[] = []
  let isAway = true
  const handle: ConsumeOptions<Buffer>['handle'] = async (record) => {
    if (isAway && text(record) === 'k:0') {
      seen.push('failed')
      throw Object.assign(new Error('away'), { retryable: true, retryAfterMs: 60_000 })
    }
    seen.push(text(record))
  }
  const before = start(kafka, 'keys', handle)
  await waitFor(() => seen.length === 1, { what: 'the failure' })
  await before.close()
  isAway = false
  await start(kafka, 'keys', handle).caughtUp()
  expect(seen).toEqual(['failed', 'k:0', 'k:1'])
})

test('a member without partitions is ready and caught up', async () => {
  const { kafka } = connectForTest({ prefix })
  const { kafka: other } = connectForTest({ prefix })
  await start(kafka, 'spare', async () => {}).joined
  const spare = start(other, 'spare', async () => {})
  await spare.joined
  await spare.caughtUp()
  expect(spare.health()).toMatchObject({ isLive: true, isReady: true })
})

test('it is ready after its join, not before', async () => {
  const { kafka } = connectForTest({ prefix })
  const consumer = start(kafka, 'ready', async () => {})
  expect(consumer.health()).toMatchObject({ isReady: false, detail: 'has not joined its group yet' })
  await consumer.joined
  expect(consumer.health()).toMatchObject({ isReady: true })
})

test('a group that has committed everything is caught up after a restart, without a new record', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, source('again'), ['k:0'])
  const seen: string[] = []
  const handle: ConsumeOptions<Buffer>['handle'] = async (record) => void seen.push(text(record))
  const before = start(kafka, 'again', handle)
  await before.caughtUp()
  await before.close()
  await start(kafka, 'again', handle).caughtUp()
  expect(counted(seen)).toEqual({ 'k:0': 1 })
})

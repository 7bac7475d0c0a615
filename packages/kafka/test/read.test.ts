import type { Topic } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import { expect, onTestFinished, test } from 'vitest'
import type { Kafka, ReadOptions } from '../src/index.ts'
import { bytes, fill, removeBelow } from './support/consuming.ts'
import { bareClient, connectForTest, randomName, range, setUpTopics } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const names = ['whole', 'markers', 'empty', 'emptied', 'abort', 'break', 'tail', 'groups', 'since'] as const
const topicOf = (name: (typeof names)[number]) =>
  bytesTopic(name, { partitions: name === 'whole' || name === 'since' ? 3 : 1 })
setUpTopics(prefix, names.map(topicOf))

async function values(kafka: Kafka, topic: Topic<Buffer>, options: ReadOptions): Promise<string[]> {
  const found: string[] = []
  for await (const record of kafka.read(topic as Topic<unknown>, options)) found.push(String(record.value))
  return found
}

test('untilEnd reads every record of every partition once, and then ends', async () => {
  const { kafka } = connectForTest({ prefix })
  const sent = range(5_000).map((n) => `k${n % 50}:${n}`)
  await fill(kafka, topicOf('whole'), sent)
  const found = await values(kafka, topicOf('whole'), { untilEnd: true })
  expect(found.toSorted()).toEqual(sent.toSorted())
})

test('untilEnd ends where a topic ends with markers of transactions, and hands over what was committed', async () => {
  const { kafka } = connectForTest({ prefix })
  const producer = bareClient().producer({ transactionalId: `${prefix}read`, maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  for (const value of ['committed', 'aborted']) {
    const transaction = await producer.transaction()
    await transaction.send({ topic: `${prefix}markers`, messages: [{ key: 'k', value }] })
    await (value === 'committed' ? transaction.commit() : transaction.abort())
  }
  await producer.disconnect()
  // The last marker is written a moment after the abort was answered.
  await waitFor(async () => (await kafka.ends(topicOf('markers'))).get(0) === 4n, { what: 'the markers' })
  expect(await values(kafka, topicOf('markers'), { untilEnd: true })).toEqual(['committed'])
  const all = await values(kafka, topicOf('markers'), { untilEnd: true, uncommitted: true })
  expect(all).toEqual(['committed', 'aborted'])
})

test('from a time on, every record that was written then or later is read, and of a partition with none such nothing', async () => {
  const { kafka } = connectForTest({ prefix })
  const producer = bareClient().producer()
  await producer.connect()
  const at = (partition: number, timestamp: number, value: string) => ({
    partition,
    timestamp: String(timestamp),
    value,
  })
  const [early, late] = [Date.now() - 3_600_000, Date.now() - 60_000]
  const messages = [at(0, early, 'old'), at(0, late, 'new'), at(0, late + 1, 'newer'), at(1, early, 'old too')]
  await producer.send({ topic: `${prefix}since`, messages })
  await producer.disconnect()
  expect(await values(kafka, topicOf('since'), { from: late, untilEnd: true })).toEqual(['new', 'newer'])
  expect(await values(kafka, topicOf('since'), { from: late + 2, untilEnd: true })).toEqual([])
  expect(await values(kafka, topicOf('since'), { from: early, untilEnd: true })).toHaveLength(4)
})

test('untilEnd ends at once for a topic without records, also when it had some', async () => {
  const { kafka } = connectForTest({ prefix })
  expect(await values(kafka, topicOf('empty'), { untilEnd: true })).toEqual([])
  await fill(kafka, topicOf('emptied'), ['k:0', 'k:1'])
  await removeBelow(prefix, topicOf('emptied'), 2)
  expect(await values(kafka, topicOf('emptied'), { untilEnd: true })).toEqual([])
})

test('an abort ends reading, while it waits and before it has begun', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, topicOf('abort'), ['k:0'])
  const stop = new AbortController()
  const found: string[] = []
  for await (const record of kafka.read(topicOf('abort') as Topic<unknown>, { signal: stop.signal })) {
    found.push(String(record.value))
    stop.abort()
  }
  expect(found).toEqual(['k:0'])
  expect(await values(kafka, topicOf('abort'), { untilEnd: true, signal: stop.signal })).toEqual([])
})

test('a reader that stops listening leaves no group behind', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, topicOf('break'), ['k:0', 'k:1'])
  for await (const _ of kafka.read(topicOf('break') as Topic<unknown>, {})) break
  const admin = bareClient().admin()
  await admin.connect()
  const { groups } = await admin.listGroups()
  const readers = groups.filter(({ groupId }) => groupId.startsWith(`${prefix}reader.`))
  const described = await admin.describeGroups(readers.map(({ groupId }) => groupId))
  await admin.disconnect()
  expect(described.groups.flatMap(({ members }) => members)).toEqual([])
})

test('from the end means from the time of the call: nothing before it, everything after it', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, topicOf('tail'), ['k:before'])
  const stop = new AbortController()
  const found: string[] = []
  const reading = (async () => {
    for await (const record of kafka.read(topicOf('tail') as Topic<unknown>, { from: 'end', signal: stop.signal }))
      found.push(String(record.value))
  })()
  // Written while the reader still joins its group: its own look at the end is one request that went before.
  await kafka.ends(topicOf('tail'))
  await kafka.send(topicOf('tail'), 'k', bytes('k:after'))
  await waitFor(() => found.length > 0, { what: 'the new record' })
  stop.abort()
  await reading
  expect(found).toEqual(['k:after'])
})

test('neither a read nor a table leaves its group at the brokers', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, topicOf('groups'), ['k:0'])
  expect(await values(kafka, topicOf('groups'), { untilEnd: true })).toEqual(['k:0'])
  const table = kafka.table(topicOf('groups'))
  await table.ready
  await table.close()
  const admin = bareClient().admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  const own = [`${prefix}table.groups.`, `${prefix}reader.`]
  const left = async () => {
    const { groups } = await admin.listGroups()
    return groups.map(({ groupId }) => groupId).filter((name) => own.some((start) => name.startsWith(start)))
  }
  // Closing waits a while for a broker to take a group away, not for as long as a busy one may need.
  await waitFor(async () => (await left()).length === 0, { what: 'the groups to go' }).catch(() => {})
  expect(await left()).toEqual([])
})

import type { Topic } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import { expect, test } from 'vitest'
import type { Kafka, NextOffset, ReadBatch, ReadBatchesOptions } from '../src/index.ts'
import { fill } from './support/consuming.ts'
import { bareClient, connectForTest, randomName, range, setUpTopics } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const names = ['left', 'right', 'markers', 'cut', 'large'] as const
const topicOf = (name: (typeof names)[number]) => bytesTopic(name, { partitions: name === 'left' ? 3 : 1 })
setUpTopics(prefix, names.map(topicOf))

const unknown = (...topics: Topic<Buffer>[]) => topics as unknown as Topic<unknown>[]

/** Takes batches until `isEnough`, and then stops reading. */
async function takeUntil(
  kafka: Kafka,
  topics: Topic<Buffer>[],
  isEnough: (batches: readonly ReadBatch[]) => boolean,
  options: ReadBatchesOptions = {},
): Promise<ReadBatch[]> {
  const batches: ReadBatch[] = []
  for await (const batch of kafka.readBatches(unknown(...topics), {
    signal: AbortSignal.timeout(60_000),
    ...options,
  })) {
    batches.push(batch)
    if (isEnough(batches)) break
  }
  return batches
}

const valuesOf = (batches: readonly ReadBatch[]) =>
  batches.flatMap(({ records }) => records.map(({ value }) => String(value)))

/** Where each partition stands after all of them. */
function placesAfter(batches: readonly ReadBatch[]): NextOffset[] {
  const places = batches.flatMap(({ next }) => next.map((one) => [`${one.topic}-${one.partition}`, one] as const))
  return [...new Map(places).values()]
}

test('who goes on from where the last batch ended gets every record of all topics once', async () => {
  const { kafka } = connectForTest({ prefix })
  const sent = range(600).map((n) => `k${n % 50}:${n}`)
  await fill(kafka, topicOf('left'), sent)
  await fill(kafka, topicOf('right'), sent)
  const topics = [topicOf('left'), topicOf('right')]
  const first = await takeUntil(kafka, topics, (batches) => valuesOf(batches).length >= 500, { maxRecords: 70 })
  const from = placesAfter(first)
  const left = 1_200 - valuesOf(first).length
  const second = await takeUntil(kafka, topics, (batches) => valuesOf(batches).length >= left, { from })
  expect(Math.max(...first.map(({ records }) => records.length))).toBeLessThanOrEqual(70)
  expect([...valuesOf(first), ...valuesOf(second)].toSorted()).toEqual([...sent, ...sent].toSorted())
})

test('what was aborted is not handed over, and the position moves past it', async () => {
  const { kafka } = connectForTest({ prefix })
  const producer = bareClient().producer({ transactionalId: `${prefix}b`, maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: `${prefix}markers`, messages: [{ key: 'k', value: 'aborted' }] })
  await transaction.abort()
  await producer.disconnect()
  const end = 2n
  // The marker is written a moment after the abort was answered.
  await waitFor(async () => (await kafka.ends(topicOf('markers'))).get(0) === end, { what: 'the marker' })
  const batches = await takeUntil(kafka, [topicOf('markers')], (taken) => placesAfter(taken)[0]?.offset === end)
  expect(valuesOf(batches)).toEqual([])
})

test('a topic that ends below what was read of it is an error that says so', async () => {
  const { kafka } = connectForTest({ prefix })
  await fill(kafka, topicOf('cut'), ['k:0', 'k:1'])
  const from = [{ topic: 'cut', partition: 0, offset: 10n }]
  await expect(takeUntil(kafka, [topicOf('cut')], () => false, { from })).rejects.toMatchObject({
    code: 'MR_KAFKA_LOG_CUT',
  })
})

test('while nothing is taken, no more is fetched than the bound and what was on its way', async () => {
  const { kafka } = connectForTest({ prefix })
  const large = 'x'.repeat(500_000)
  for (const n of range(60)) await fill(kafka, topicOf('large'), [`k:${n}:${large}`])
  const batches = kafka.readBatches(unknown(topicOf('large')), { maxBytes: 1_000_000 })[Symbol.asyncIterator]()
  const before = process.memoryUsage().arrayBuffers
  const first = await batches.next()
  expect(first.value.records.length).toBeLessThanOrEqual(2)
  let [last, quiet] = [0, 0]
  await waitFor(
    () => {
      const now = process.memoryUsage().arrayBuffers
      quiet = Math.abs(now - last) < 100_000 ? quiet + 1 : 0
      last = now
      return quiet > 20
    },
    { what: 'fetching to rest', everyMs: 50 },
  )
  expect(last - before).toBeLessThan(15_000_000)
  await batches.return?.()
})

import { waitFor } from '@millrace/test-support'
import type { Transaction } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { kafkajsPort } from '../../src/kafkajs/adapter.ts'
import type { MemberPort } from '../../src/port.ts'
import { bareAdmin, bareClient, connectForTest, randomName, range, readValues, setUpTopics } from '../support/kafka.ts'
import { bytesTopic } from '../support/topics.ts'

const prefix = randomName()
const orders = ['the first one ends first', 'the later one ends first'] as const
const topicOf = (order: (typeof orders)[number]) => bytesTopic(`aborted.${orders.indexOf(order)}`)
setUpTopics(prefix, orders.map(topicOf))

async function begin(name: string): Promise<Transaction> {
  const producer = bareClient().producer({
    transactionalId: `${prefix}${name}`,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { initialRetryTime: 5, retries: 40 },
  })
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  return producer.transaction()
}

/** Offsets 0 to 4: two transactions that are aborted and one that is committed, interleaved. */
async function overlap(topic: string, order: (typeof orders)[number]): Promise<void> {
  const [first, second, third] = await Promise.all(range(3).map((n) => begin(`${topic}.${n}`)))
  if (!first || !second || !third) throw new Error('three transactions were begun')
  const write = (transaction: Transaction, value: string) =>
    transaction.send({ topic, acks: -1, messages: [{ partition: 0, key: 'k', value }] })
  await write(first, 'aborted 1a')
  await write(second, 'aborted 2a')
  await write(third, 'committed')
  await write(first, 'aborted 1b')
  await write(second, 'aborted 2b')
  const ends = order === orders[0] ? [first, second] : [second, first]
  for (const transaction of ends) await transaction.abort()
  await third.commit()
}

/** Values that a member sees from an offset on, up to the end of the topic. */
async function readFrom(topic: string, offset: bigint, end: bigint): Promise<string[]> {
  const { options } = connectForTest({ prefix })
  const seen: string[] = []
  let next = offset
  const member: MemberPort = kafkajsPort(options).member({
    group: `${topic}.from-${offset}`,
    topics: [topic],
    isReadCommitted: true,
    from: 'beginning',
    events: {
      assigned: ([tp]) => {
        if (tp === undefined) return
        member.seek(tp, offset)
        member.resume(tp)
      },
      kept: () => next,
      lost: () => {},
      records: (_, records) => seen.push(...records.map(({ value }) => String(value))),
      rebalancing: () => {},
      passed: (_, passed) => {
        next = passed
      },
      fatal: () => {},
    },
  })
  onTestFinished(() => member.stop())
  await member.start()
  await waitFor(() => next >= end, { what: `${topic} to be read from ${offset}` })
  return seen
}

test.each(orders)('of two overlapping aborted transactions no record is handed over when %s', async (order) => {
  const { kafka } = connectForTest({ prefix })
  const topic = topicOf(order)
  const name = `${prefix}${topic.name}`
  await overlap(name, order)
  const admin = await bareAdmin()
  // Five records and three markers, which are written a moment after the commit was answered.
  await waitFor(async () => (await admin.fetchTopicOffsets(name))[0]?.high === '8', { what: 'the markers' })
  expect(await readValues(kafka, topic)).toEqual(['committed'])
  const middles = range(6).map(BigInt)
  const seen = await Promise.all(middles.map((offset) => readFrom(name, offset, 8n)))
  expect(seen).toEqual(middles.map((offset) => (offset <= 2n ? ['committed'] : [])))
})

import { waitFor } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { bytes } from './support/consuming.ts'
import { bareClient, connectForTest, randomName, range, setUpTopics } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const names = ['whole', 'live', 'bad', 'listen', 'empty', 'aborted', 'pending'] as const
const topicOf = (name: (typeof names)[number]) =>
  bytesTopic(name, { cleanup: 'compact', partitions: name === 'whole' ? 3 : 1 })
setUpTopics(prefix, names.map(topicOf))

test('ready means that everything the topic held has been read, from all partitions', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = topicOf('whole')
  await Promise.all(range(300).map((n) => kafka.send(topic, `k${n % 100}`, bytes(`${n}`))))
  const table = kafka.table(topic)
  await table.ready
  const expected = range(100).map((n) => [`k${n}`, `${n + 200}`])
  const found = [...table.entries()].map(([key, value]) => [key, String(value)])
  expect(new Map(found as [string, string][])).toEqual(new Map(expected as [string, string][]))
})

test('changes and tombstones arrive, and listeners hear of them until they leave', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = topicOf('live')
  const table = kafka.table(topic)
  await table.ready
  const heard: string[] = []
  const leave = table.onChange((key, value) => heard.push(`${key}=${value === undefined ? 'gone' : value}`))
  await kafka.send(topic, 'a', bytes('1'))
  await kafka.send(topic, 'a', null)
  await waitFor(() => heard.length === 2, { what: 'both changes' })
  expect(heard).toEqual(['a=1', 'a=gone'])
  expect(table.get('a')).toBeUndefined()
  leave()
  await kafka.send(topic, 'b', bytes('1'))
  await waitFor(() => table.get('b') !== undefined, { what: 'the next change' })
  expect(heard).toHaveLength(2)
})

test('a record that cannot be decoded is an alert; the others count, and the key keeps its value', async () => {
  const wire = {
    encode: (_: unknown, value: unknown) => value as Buffer,
    decode: (_: unknown, value: Buffer) => {
      if (value.includes('bad')) throw new Error('unknown schema')
      return value as never
    },
  }
  const { kafka, log } = connectForTest({ prefix, wire })
  const topic = topicOf('bad')
  for (const [key, value] of [
    ['a', 'good'],
    ['a', 'bad'],
    ['b', 'good'],
  ] as const)
    await kafka.send(topic, key, bytes(value))
  const table = kafka.table(topic)
  await table.ready
  expect([...table.entries()].map(([key, value]) => `${key}=${value}`)).toEqual(['a=good', 'b=good'])
  const alerts = log.lines.filter(({ message }) => message === 'table record skipped')
  expect(alerts).toMatchObject([{ level: 'error', fields: { position: 'bad-0-1' } }])
})

test('a listener that throws takes nothing from the others or from the table', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = topicOf('listen')
  const table = kafka.table(topic)
  const heard: string[] = []
  table.onChange(() => {
    throw new Error('a bug of its own')
  })
  table.onChange((key) => heard.push(key))
  await kafka.send(topic, 'a', bytes('1'))
  await waitFor(() => heard.length === 1, { what: 'the other listener' })
  expect(String(table.get('a'))).toBe('1')
})

test('a table of an empty topic is ready at once', async () => {
  const { kafka } = connectForTest({ prefix })
  const table = kafka.table(topicOf('empty'))
  await table.ready
  expect([...table.entries()]).toEqual([])
})

test('a table is ready although its topic ends with what was aborted, and shows none of it', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = topicOf('aborted')
  await kafka.send(topic, 'a', bytes('kept'))
  const producer = bareClient().producer({
    transactionalId: `${prefix}aborted`,
    maxInFlightRequests: 1,
    idempotent: true,
  })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: `${prefix}${topic.name}`, messages: [{ key: 'a', value: 'aborted' }] })
  await transaction.abort()
  await producer.disconnect()
  const table = kafka.table(topic)
  await table.ready
  expect(String(table.get('a'))).toBe('kept')
})

test('a record whose schema is still asked for holds up its partition, and counts once the answer is there', async () => {
  let isKnown = false
  const wire = {
    encode: (_: unknown, value: unknown) => value as Buffer,
    decode: (_: unknown, value: Buffer) => {
      if (value.includes('new') && !isKnown)
        throw Object.assign(new Error('the registry is being asked'), { retryable: true })
      return value as never
    },
  }
  const { kafka } = connectForTest({ prefix, wire })
  const topic = topicOf('pending')
  for (const value of ['old', 'new', 'newer']) await kafka.send(topic, 'a', bytes(value))
  const table = kafka.table(topic)
  await waitFor(() => table.get('a') !== undefined, { what: 'the record before it' })
  expect(String(table.get('a'))).toBe('old')
  const order: string[] = []
  table.onChange((_, value) => order.push(String(value)))
  isKnown = true
  await table.ready
  expect(order).toEqual(['new', 'newer'])
})

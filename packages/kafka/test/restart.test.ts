import { type Stack, startStack, temporaryDir } from '@millrace/local'
import { ownTime, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, onTestFailed, onTestFinished, test } from 'vitest'
import { bytes, fill, text } from './support/consuming.ts'
import { connectForTest, randomName, range, setUpTopics } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

/** A broker that these tests may stop. */
let stack: Stack | undefined
const broker = () => {
  if (stack === undefined) throw new Error('the broker is there while tests are')
  return stack
}
beforeAll(async () => {
  const { KAFKA_BROKERS: _, ...env } = process.env
  stack = await startStack({ dir: temporaryDir(), isDurable: false, env })
})
afterAll(() => stack?.stop())

const prefix = randomName()
const stream = bytesTopic('stream', { partitions: 2 })
const early = bytesTopic('early')
const settings = bytesTopic('settings', { cleanup: 'compact' })
const brokers = () => broker().brokers.split(',')
setUpTopics(prefix, [stream, early, settings], { brokers })
const connect = () => {
  const client = connectForTest({ prefix, brokers: brokers(), sendWithinMs: 1_800 })
  onTestFailed(() => {
    for (const { level, message, fields } of client.log.lines) console.error(level, message, fields)
  })
  return client
}

test('a broker restarts in mid-stream: consumer and table go on by themselves, nothing is lost, nothing old is shown', async () => {
  const { kafka } = connect()
  const seen = new Set<string>()
  const consumer = kafka.consume<Buffer>({
    group: 'stream',
    topics: [stream],
    ordering: 'key',
    handle: async (record) => void seen.add(text(record)),
  })
  const table = kafka.table(settings)
  const changes: string[] = []
  table.onChange((_, value) => changes.push(String(value)))
  await Promise.all([consumer.joined, table.ready])
  await fill(
    kafka,
    stream,
    range(50).map((n) => `k${n}:before`),
  )
  for (const n of range(3)) await kafka.send(settings, 'mode', bytes(`${n}`))
  await waitFor(() => changes.at(-1) === '2', { what: 'the table to follow' })
  await broker().kafka.restart()
  await waitFor(() => kafka.send(settings, 'mode', bytes('3')), {
    what: 'a send after the restart',
  })
  const after = range(50).map((n) => `k${n}:after`)
  // Of each topic the broker may take longer to lead the partitions again.
  await waitFor(() => fill(kafka, stream, after).then(() => true), { what: 'sends to the other topic' })
  await waitFor(() => seen.size === 100, { what: 'every record' })
  await waitFor(() => String(table.get('mode')) === '3', { what: 'the newest value' })
  // A send whose answer was lost may be there twice.
  expect(changes.filter((value, n) => value !== changes[n - 1])).toEqual(['0', '1', '2', '3'])
  await consumer.caughtUp()
  expect(consumer.health().isReady).toBe(true)
})

test('Kafka is away at the start: consumer, table and reader wait, and begin when it comes', async () => {
  const before = connect()
  await before.kafka.send(early, 'k', bytes('there'))
  await before.kafka.send(settings, 'colour', bytes('blue'))
  await before.kafka.close()
  await broker().kafka.stop()
  const { kafka, log } = connect()
  const seen: string[] = []
  const consumer = kafka.consume<Buffer>({
    group: 'early',
    topics: [early],
    ordering: 'key',
    handle: async (record) => void seen.push(text(record)),
  })
  const table = kafka.table(settings)
  const read = (async () => {
    const values: string[] = []
    for await (const record of kafka.read(early as never, { untilEnd: true })) values.push(String(record.value))
    return values
  })()
  await waitFor(() => log.count('ends of topics not known yet') > 0, { what: 'a failed try' })
  expect(consumer.health().isReady).toBe(false)
  expect(table.get('colour')).toBeUndefined()
  await broker().kafka.start()
  await Promise.all([consumer.joined, table.ready])
  await consumer.caughtUp()
  expect(seen).toEqual(['there'])
  expect(String(table.get('colour'))).toBe('blue')
  expect(await read).toEqual(['there'])
})

test('closing while Kafka is away ends in time', async () => {
  await broker().kafka.stop()
  onTestFinished(() => broker().kafka.start())
  const { kafka } = connect()
  kafka.consume<Buffer>({ group: 'early', topics: [early], ordering: 'key', handle: async () => {} })
  kafka.table(settings)
  const from = ownTime()
  await kafka.close(1_000)
  expect(ownTime() - from).toBeLessThan(3_000)
})

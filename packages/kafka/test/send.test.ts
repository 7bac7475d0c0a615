import { ownTime, startKafkaProxy } from '@millrace/test-support'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Kafka, type KafkaError, partitionOf } from '../src/index.ts'
import {
  connectForTest,
  counted,
  randomName,
  range,
  readAll,
  readValues,
  setUpTopics,
  sharedBrokers,
} from './support/kafka.ts'
import { bytesTopic, narrowed } from './support/topics.ts'

const prefix = randomName()
const ordered = bytesTopic('ordered', { partitions: 4 })
const small = bytesTopic('small')
const narrow = bytesTopic('narrow', { partitions: 4 })
const lossy = bytesTopic('lossy', { partitions: 4 })
const bounded = bytesTopic('bounded')

setUpTopics(prefix, [ordered, small, narrowed(narrow, 20_000), lossy, bounded])

/** A client that reaches the brokers through a proxy of its own. */
async function connectThroughProxy() {
  const proxy = await startKafkaProxy(sharedBrokers())
  onTestFinished(() => proxy.close())
  return { proxy, ...connectForTest({ prefix, brokers: proxy.brokers, sendWithinMs: 1_800 }) }
}

const bytes = (text: string) => Buffer.from(text)

async function codeOf(sent: Promise<unknown>): Promise<string> {
  return sent.then(
    () => 'sent',
    (error: KafkaError) => error.code,
  )
}

test('the position it answers is where the record is, in the partition that the Java client would choose', async () => {
  const { kafka } = connectForTest({ prefix })
  const positions = await Promise.all(range(40).map((n) => kafka.send(ordered, `key-${n}`, bytes(`v${n}`))))
  const read = await readAll(kafka, ordered)
  const places = new Map(read.map((record) => [String(record.value), record.id]))
  positions.forEach(({ id, partition }, n) => {
    expect(places.get(`v${n}`)).toBe(id)
    expect(partition).toBe(partitionOf(bytes(`key-${n}`), 4))
  })
})

test('a value larger than its topic takes is refused with 413 before it is queued', async () => {
  const { proxy, kafka } = await connectThroughProxy()
  await kafka.send(small, 'k', bytes('fits'))
  const before = proxy.requests('Produce')
  const sent = kafka.send(small, 'k', Buffer.alloc(small.maxValueBytes + 1))
  await expect(sent).rejects.toMatchObject({ code: 'MR_KAFKA_TOO_LARGE', statusCode: 413, retryable: false })
  expect(proxy.requests('Produce')).toBe(before)
})

test('a record that the broker refuses takes none of its request along', async () => {
  const { kafka } = connectForTest({ prefix })
  const keys = range(40).map((n) => `key-${n}`)
  const codes = await Promise.all(
    keys.map((key, n) => codeOf(kafka.send(narrow, key, n === 20 ? Buffer.alloc(40_000, key) : bytes(key)))),
  )
  expect(codes.map((code, n) => [n, code]).filter(([, code]) => code !== 'sent')).toEqual([[20, 'MR_KAFKA_TOO_LARGE']])
  const written = await readValues(kafka, narrow)
  expect(new Set(written)).toEqual(new Set(keys.filter((_, n) => n !== 20)))
})

describe('when an answer is lost', () => {
  test('concurrent sends all arrive, doubled at most, and in order per key', async () => {
    const { proxy, kafka } = await connectThroughProxy()
    await kafka.send(lossy, 'warm', bytes('warm-0'))
    const lost = proxy.loseAnswers({ api: 'Produce', how: 'cut' })
    const keys = range(8).map((n) => `key-${n}`)
    const sends = range(25).flatMap((n) => keys.map((key) => codeOf(kafka.send(lossy, key, bytes(`${key}:${n}`)))))
    await lost
    expect(counted(await Promise.all(sends))).toEqual({ sent: 200 })
    const values = (await readValues(kafka, lossy)).filter((value) => value.startsWith('key'))
    const counts = Object.values(counted(values))
    expect(counts).toHaveLength(200)
    expect(Math.max(...counts)).toBeLessThanOrEqual(2)
    for (const key of keys) expect(firstSeen(values, key)).toEqual(range(25))
  })

  test('a sender without an answer is refused within 2 s, and the record still arrives', async () => {
    const { proxy, kafka } = await connectThroughProxy()
    await kafka.send(lossy, 'warm', bytes('warm-1'))
    const lost = proxy.loseAnswers({ api: 'Produce', how: 'drop' })
    const started = ownTime()
    expect(await codeOf(kafka.send(lossy, 'k', bytes('unanswered')))).toBe('MR_KAFKA_UNAVAILABLE')
    expect(ownTime() - started).toBeLessThan(2_000)
    await lost
    expect(await readValues(kafka, lossy)).toContain('unanswered')
    await expect.poll(() => codeOf(kafka.send(lossy, 'k', bytes('after'))), { timeout: 60_000 }).toBe('sent')
  })
})

describe('when no broker answers', () => {
  test('senders are refused within 2 s, and it resumes by itself', async () => {
    const { proxy, kafka } = await connectThroughProxy()
    await kafka.send(bounded, 'k', bytes('before'))
    for (const each of proxy.proxies()) await each.down()
    const started = ownTime()
    expect(await codeOf(kafka.send(bounded, 'k', bytes('away')))).toBe('MR_KAFKA_UNAVAILABLE')
    expect(ownTime() - started).toBeLessThan(2_000)
    expect(kafka.isReachable()).toBe(false)
    for (const each of proxy.proxies()) await each.up()
    await expect.poll(() => codeOf(kafka.send(bounded, 'k', bytes('back'))), { timeout: 60_000 }).toBe('sent')
    expect(kafka.isReachable()).toBe(true)
  })

  test('what exceeds 64 MiB of waiting records is refused at once: MR_KAFKA_QUEUE_FULL', async () => {
    const { proxy, kafka } = await connectThroughProxy()
    await kafka.send(bounded, 'k', bytes('before'))
    for (const each of proxy.proxies()) each.set('response', { mode: 'hold' })
    const codes = await fill(kafka, 70)
    // The queue holds 64 MiB: 63 of these values and what is added for each record.
    expect(counted(codes)).toEqual({ MR_KAFKA_UNAVAILABLE: 63, MR_KAFKA_QUEUE_FULL: 7 })
    for (const each of proxy.proxies()) each.cut()
    for (const each of proxy.proxies()) each.heal()
    await expect.poll(() => codeOf(kafka.send(bounded, 'k', bytes('back'))), { timeout: 60_000 }).toBe('sent')
  })
})

function fill(kafka: Kafka, count: number): Promise<string[]> {
  const megabyte = Buffer.alloc(1_048_576)
  return Promise.all(range(count).map(() => codeOf(kafka.send(bounded, 'k', megabyte))))
}

function firstSeen(values: readonly string[], key: string): number[] {
  const own = values.filter((value) => value.startsWith(`${key}:`)).map((value) => Number(value.slice(key.length + 1)))
  return [...new Set(own)]
}

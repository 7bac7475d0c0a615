import type { Topic } from '@millrace/schemas'
import { startKafkaProxy, waitFor } from '@millrace/test-support'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Kafka, partitionOf } from '../src/index.ts'
import { kafkajsPort } from '../src/kafkajs/adapter.ts'
import { partitionKey } from '../src/port.ts'
import { createSender } from '../src/send.ts'
import { createLane, type Lane } from '../src/send-lane.ts'
import { moveLeader, setUpCluster } from './support/cluster.ts'
import {
  bareAdmin,
  connectForTest,
  counted,
  randomName,
  range,
  readAll,
  readValues,
  setUpTopics,
} from './support/kafka.ts'
import { createRecordingLog } from './support/recording-log.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const cluster = setUpCluster()
const moved = bytesTopic('moved', { partitions: 4 })
const busy = bytesTopic('busy', { partitions: 4 })
const restarted = bytesTopic('restarted', { partitions: 4 })
const spanning = bytesTopic('spanning', { partitions: 4 })
const keyless = bytesTopic('keyless', { partitions: 4 })
const keyed = bytesTopic('keyed', { partitions: 4 })
setUpTopics(prefix, [moved, busy, restarted, spanning, keyless, keyed], { brokers: cluster.brokers })

const keys = range(16).map((n) => `key-${n}`)

async function connectThroughProxy() {
  const proxy = await startKafkaProxy(cluster.brokers())
  onTestFinished(() => proxy.close())
  return { proxy, ...connectForTest({ prefix, brokers: proxy.brokers, sendWithinMs: 1_800 }) }
}

function sendIn(lane: Lane, topic: string, partition: number, round: number): Promise<bigint> {
  const value = Buffer.from(`${partition}:${round}`)
  return new Promise((resolve, reject) => {
    const record = { topic, partition, key: null, value, headers: {} }
    lane.add({
      record,
      place: partitionKey(record),
      size: 100,
      since: Date.now(),
      deadline: Date.now() + 10_000,
      firstTry: 0,
      isLate: false,
      resolve,
      reject,
      settled: () => {},
    })
  })
}

function sendRound(kafka: Kafka, topic: Topic<Buffer>, round: number) {
  return Promise.all(keys.map((key) => kafka.send(topic, key, Buffer.from(`${key}:${round}`))))
}

test('no record is lost when a partition moved to the other broker between two sends', async () => {
  const { kafka } = connectForTest({ prefix, brokers: cluster.brokers() })
  const admin = await bareAdmin(cluster.brokers())
  const name = `${prefix}${moved.name}`
  await moveLeader(admin, name, [0, 1], 1)
  await moveLeader(admin, name, [2, 3], 2)
  await sendRound(kafka, moved, 0)
  await moveLeader(admin, name, [2], 1)
  await sendRound(kafka, moved, 1)
  await moveLeader(admin, name, [0], 2)
  await sendRound(kafka, moved, 2)
  const counts = counted(await readValues(kafka, moved))
  expect(Object.keys(counts)).toHaveLength(48)
})

test('a request that spans both brokers, one of which no longer leads, is not answered as if all went well', async () => {
  const { kafka, options } = connectForTest({ prefix, brokers: cluster.brokers() })
  const admin = await bareAdmin(cluster.brokers())
  const name = `${prefix}${spanning.name}`
  await moveLeader(admin, name, [0, 1], 1)
  await moveLeader(admin, name, [2, 3], 2)
  const lane = createLane(kafkajsPort(options), { log: createRecordingLog(), onOutcome: () => {} })
  onTestFinished(() => lane.close(1_000))
  const sendAll = (round: number) => Promise.all(range(4).map((partition) => sendIn(lane, name, partition, round)))
  await sendAll(0)
  await moveLeader(admin, name, [2], 1)
  await sendAll(1)
  await moveLeader(admin, name, [0], 2)
  await sendAll(2)
  const values = new Set(await readValues(kafka, spanning))
  expect(values).toEqual(new Set(range(4).flatMap((partition) => range(3).map((round) => `${partition}:${round}`))))
})

describe("when one broker's answer is lost", () => {
  test('keyless records are written where they were first meant to go: none is lost, only that request is doubled', async () => {
    const { proxy, options, kafka } = await connectThroughProxy()
    const port = kafkajsPort(options)
    const admin = port.admin()
    const limits = { timeoutMs: 5_000, maxQueueBytes: 1e9, maxQueueRecords: 1e6, maxWaitMs: 5_000 }
    const sender = createSender(port, admin, { ...limits, log: createRecordingLog() })
    onTestFinished(() => Promise.all([sender.close(1_000), admin.close()]).then(() => {}))
    const send = (value: string) =>
      sender.send({
        topic: `${prefix}${keyless.name}`,
        partition: -1,
        key: null,
        value: Buffer.from(value),
        headers: {},
      })
    await Promise.all(range(4).map((n) => send(`warm-${n}`)))
    const lost = proxy.loseAnswers({ api: 'Produce', how: 'cut' })
    const values = range(41).map(String)
    const places = await Promise.all(values.map(send))
    await lost
    const records = (await readAll(kafka, keyless)).filter(({ value }) => !String(value).startsWith('warm'))
    const counts = counted(records.map(({ value }) => String(value)))
    expect(Object.keys(counts)).toHaveLength(41)
    // Two brokers, one request each: the one without an answer is repeated as a whole, the other is left alone.
    const doubled = values.filter((value) => counts[value] === 2)
    const partitions = new Set(doubled.map((value) => places[Number(value)]?.partition))
    expect(partitions.size).toBe(2)
    expect(doubled).toEqual(values.filter((_, n) => partitions.has(places[n]?.partition)))
    for (const { partition, value } of records) expect(places[Number(value)]?.partition).toBe(partition)
  })

  test('keyed records all arrive, doubled at most, in order per key', async () => {
    const { proxy, kafka } = await connectThroughProxy()
    await sendRound(kafka, keyed, 0)
    const lost = proxy.loseAnswers({ api: 'Produce', count: 2, how: 'cut' })
    await Promise.all(range(10).map((round) => sendRound(kafka, keyed, round + 1)))
    await lost
    const values = await readValues(kafka, keyed)
    const counts = Object.values(counted(values))
    expect(counts).toHaveLength(keys.length * 11)
    expect(Math.max(...counts)).toBeLessThanOrEqual(3)
    for (const key of keys) {
      const own = values.filter((value) => value.startsWith(`${key}:`)).map((value) => Number(value.split(':')[1]))
      expect([...new Set(own)]).toEqual(range(11))
    }
  })
})

test('order per key holds while leaders move under a stream of sends', async () => {
  const { kafka } = connectForTest({ prefix, brokers: cluster.brokers() })
  const admin = await bareAdmin(cluster.brokers())
  const name = `${prefix}${busy.name}`
  let isMoving = true
  const refused = new Set<string>()
  const stream = async () => {
    let round = 0
    for (; isMoving || round < 20; round++) {
      const sent = keys.map((key) => kafka.send(busy, key, Buffer.from(`${key}:${round}`)))
      const results = await Promise.allSettled(sent)
      results.forEach(({ status }, n) => {
        if (status === 'rejected') refused.add(`${keys[n]}:${round}`)
      })
    }
    return round
  }
  const streaming = stream()
  for (const to of [1, 2, 1]) await moveLeader(admin, name, [0, 1, 2, 3], to)
  isMoving = false
  const rounds = await streaming
  const records = await readAll(kafka, busy)
  for (const [n, key] of keys.entries()) {
    const own = records.map(({ value }) => String(value)).filter((value) => value.startsWith(`${key}:`))
    const seen = [...new Set(own.map((value) => Number(value.slice(key.length + 1))))]
    expect(seen, `order of ${key}, partition ${partitionOf(Buffer.from(key), 4)}`).toEqual(
      seen.toSorted((a, b) => a - b),
    )
    const missing = range(rounds).filter((round) => !seen.includes(round) && !refused.has(`${keys[n]}:${round}`))
    expect(missing).toEqual([])
  }
})

test('it resumes by itself after a broker was restarted, and what was acknowledged is there', async () => {
  const { kafka } = connectForTest({ prefix, brokers: cluster.brokers() })
  const admin = await bareAdmin(cluster.brokers())
  await moveLeader(admin, `${prefix}${restarted.name}`, [0, 1, 2, 3], 2)
  await sendRound(kafka, restarted, 0)
  const broker = cluster.nodes()[1]
  await broker?.kill()
  await expect(kafka.send(restarted, 'key-0', Buffer.from('down'))).rejects.toMatchObject({
    code: 'MR_KAFKA_UNAVAILABLE',
    retryable: true,
  })
  await broker?.start()
  await waitFor(() => sendRound(kafka, restarted, 1), { what: 'sends to work again' })
  const values = new Set(await readValues(kafka, restarted))
  expect(keys.flatMap((key) => [`${key}:0`, `${key}:1`]).filter((value) => !values.has(value))).toEqual([])
})

import type { Topic } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { type Kafka, partitionOf } from '../src/index.ts'
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
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const cluster = setUpCluster()
const moved = bytesTopic('moved', { partitions: 4 })
const busy = bytesTopic('busy', { partitions: 4 })
const restarted = bytesTopic('restarted', { partitions: 4 })
setUpTopics(prefix, [moved, busy, restarted], { brokers: cluster.brokers })

const keys = range(16).map((n) => `key-${n}`)

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
  await waitFor(() => sendRound(kafka, restarted, 1), { what: 'sends to work again', deadlineMs: 20_000 })
  const values = new Set(await readValues(kafka, restarted))
  expect(keys.flatMap((key) => [`${key}:0`, `${key}:1`]).filter((value) => !values.has(value))).toEqual([])
})

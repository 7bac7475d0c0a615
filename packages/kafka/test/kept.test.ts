import type { Topic } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { bareAdmin, bareClient, connectForTest } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const options = { eventPartitions: 2, replication: 1 }
const HOUR_MS = 3_600_000

test('how long a topic keeps records is told, and how many are older than a time', async () => {
  const { kafka, options: connected } = connectForTest()
  const [events, state] = [bytesTopic('kept', { partitions: 2 }), bytesTopic('kept-state', { cleanup: 'compact' })]
  expect(await kafka.kept(events, Date.now())).toBeUndefined()
  await kafka.ensureTopics([events, state] as unknown as Topic<unknown>[], options)
  const name = `${connected.prefix}${events.name}`
  const admin = await bareAdmin()
  const producer = bareClient().producer()
  await producer.connect()
  const now = Date.now()
  const at = (age: number, partition: number) => ({ partition, value: 'x', timestamp: String(now - age) })
  const messages = [at(HOUR_MS / 2, 0), at(HOUR_MS / 4, 0), at(0, 0), at(HOUR_MS / 2, 1)]
  await producer.send({ topic: name, messages })
  const kept = await kafka.kept(events, now - HOUR_MS / 8)
  expect(kept).toMatchObject({ retentionMs: events.retentionMs, older: 3n })
  expect(kept?.segmentMs).toBeGreaterThan(0)
  expect((await kafka.kept(events, now - HOUR_MS))?.older).toBe(0n)
  expect((await kafka.kept(state, now))?.retentionMs).toBeUndefined()
  await producer.disconnect()
  await admin.deleteTopics({ topics: [name, `${connected.prefix}${state.name}`] })
})

import type { Topic } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import type { Admin } from 'kafkajs'
import { expect, test } from 'vitest'
import { bareAdmin, connectForTest } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const options = { eventPartitions: 3, replication: 1 }
const events = bytesTopic('events', { partitions: 'events' })
const state = bytesTopic('state', { partitions: 2, cleanup: 'compact', maxValueBytes: 2_097_152 })
const both = [events, state] as unknown as Topic<unknown>[]

async function prepared() {
  const test = connectForTest()
  const admin = await bareAdmin()
  return { ...test, admin, name: (topic: Topic<Buffer>) => `${test.options.prefix}${topic.name}` }
}

test('missing topics are created as the registry has them', async () => {
  const { kafka, admin, name } = await prepared()
  expect(await kafka.ensureTopics(both, options)).toEqual({
    created: [name(events), name(state)],
    existing: [],
    differences: [],
  })
  const { topics } = await admin.fetchTopicMetadata({ topics: [name(events), name(state)] })
  expect(new Map(topics.map((topic) => [topic.name, topic.partitions.length]))).toEqual(
    new Map([
      [name(events), 3],
      [name(state), 2],
    ]),
  )
  const wanted = ['cleanup.policy', 'max.message.bytes', 'min.insync.replicas', 'delete.retention.ms']
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: name(state), configNames: wanted }],
  })
  const found = resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue])
  expect(Object.fromEntries(found ?? [])).toEqual({
    'cleanup.policy': 'compact',
    'max.message.bytes': String(2_097_152 + 65_536),
    'min.insync.replicas': '1',
    'delete.retention.ms': '3600000',
  })
  await admin.deleteTopics({ topics: [name(events), name(state)] })
})

test('a topic whose old records must go is cleaned within its time', async () => {
  const { kafka, admin, name } = await prepared()
  const keys = bytesTopic('keys', { partitions: 1, cleanup: 'compact', compactedWithinMs: 3_600_000 })
  await kafka.ensureTopics([keys] as unknown as Topic<unknown>[], options)
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: name(keys), configNames: ['max.compaction.lag.ms', 'segment.ms'] }],
  })
  const found = resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue])
  expect(Object.fromEntries(found ?? [])).toEqual({ 'max.compaction.lag.ms': '3600000', 'segment.ms': '1800000' })
  await admin.deleteTopics({ topics: [name(keys)] })
})

test('a second call changes nothing and says what was there', async () => {
  const { kafka, admin, name } = await prepared()
  await kafka.ensureTopics([events] as unknown as Topic<unknown>[], options)
  expect(await kafka.ensureTopics(both, options)).toEqual({
    created: [name(state)],
    existing: [name(events)],
    differences: [],
  })
  expect(await kafka.ensureTopics(both, options)).toEqual({
    created: [],
    existing: [name(events), name(state)],
    differences: [],
  })
  await admin.deleteTopics({ topics: [name(events), name(state)] })
})

test('topics that contradict the registry are refused, each difference with its topic', async () => {
  const { kafka, admin, name } = await prepared()
  const other = [
    { ...events, partitions: 5, maxValueBytes: 900_000 },
    { ...state, cleanup: 'delete', maxValueBytes: 1_000_000 },
  ]
  await kafka.ensureTopics(other as unknown as Topic<unknown>[], options)
  const refused = await kafka.ensureTopics(both, options).catch((error: Error) => error)
  expect(refused).toMatchObject({
    code: 'MR_KAFKA_TOPIC_MISMATCH',
    message: [
      `${name(events)} has 5 partitions, not 3`,
      `${name(events)} takes ${900_000 + 65_536} bytes a batch, not ${1_048_576 + 65_536}`,
      `${name(state)} takes ${1_000_000 + 65_536} bytes a batch, not ${2_097_152 + 65_536}`,
      `${name(state)} has cleanup.policy delete, not compact`,
    ].join('; '),
  })
  await admin.deleteTopics({ topics: [name(events), name(state)] })
})

test('replicas, in sync and at all, that are fewer than set are answered, and more are fine', async () => {
  const { kafka, admin, name } = await prepared()
  await kafka.ensureTopics(both, options)
  const three = { ...options, replication: 3 }
  const texts = async (wanted: typeof options) =>
    (await kafka.ensureTopics(both, wanted)).differences.map(({ kind, text }) => `${kind}: ${text}`)
  expect(await texts(three)).toEqual([
    `durability: ${name(events)} has 1 of 3 replicas`,
    `durability: ${name(events)} has min.insync.replicas 1, not 2`,
    `durability: ${name(state)} has 1 of 3 replicas`,
    `durability: ${name(state)} has min.insync.replicas 1, not 2`,
  ])
  await setConfig(admin, name(events), 'min.insync.replicas', '3')
  expect(await texts(options)).toEqual([])
  expect((await texts(three)).filter((text) => text.includes(name(events)))).toEqual([
    `durability: ${name(events)} has 1 of 3 replicas`,
  ])
  // With a difference that is thrown, the others are told too.
  const refused = await kafka.ensureTopics(both, { ...three, eventPartitions: 4 }).catch((error: Error) => error)
  expect(refused).toMatchObject({ message: expect.stringContaining(`${name(events)} has 1 of 3 replicas`) })
  await admin.deleteTopics({ topics: [name(events), name(state)] })
})

test('a topic that keeps longer than the registry promises is answered, a shorter one is not', async () => {
  const { kafka, admin, name } = await prepared()
  const only = [events] as unknown as Topic<unknown>[]
  await kafka.ensureTopics(only, options)
  await setConfig(admin, name(events), 'retention.ms', '-1')
  expect((await kafka.ensureTopics(only, options)).differences).toEqual([
    { topic: name(events), kind: 'retention', text: `${name(events)} has retention.ms -1, not ${events.retentionMs}` },
  ])
  await setConfig(admin, name(events), 'retention.ms', '60000')
  expect((await kafka.ensureTopics(only, options)).differences).toEqual([])
  await admin.deleteTopics({ topics: [name(events)] })
})

test('what commits are kept in is held against the replicas too', async () => {
  const { kafka, admin } = await prepared()
  // Kafka makes it when the first group asks, which is told to come again.
  const look = async () => {
    await admin.fetchOffsets({ groupId: 'asks', topics: [] }).catch(() => [])
    const [offsets] = await kafka.internalTopics(1).catch(() => [])
    return offsets?.state === 'as set'
  }
  await waitFor(look, { what: 'the topic of commits', everyMs: 200 })
  const [offsets] = await kafka.internalTopics(2)
  expect(offsets).toEqual({
    topic: '__consumer_offsets',
    state: 'weaker',
    lacks: ['__consumer_offsets has 1 of 2 replicas'],
  })
})

/** Sets these, and takes every other one back to what the registry has. */
async function setConfig(admin: Admin, topic: string, name: string, value: string): Promise<void> {
  const all = {
    'max.message.bytes': String(events.maxValueBytes + 65_536),
    'cleanup.policy': events.cleanup,
    'retention.ms': String(events.retentionMs),
    [name]: value,
  }
  const configEntries = Object.entries(all).map(([entry, text]) => ({ name: entry, value: text }))
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries }] })
  // The controller has answered; the broker that is asked hears of it from there.
  const isTold = async () => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic, configNames: Object.keys(all) }],
    })
    const told = new Map(resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue]))
    return Object.entries(all).every(([entry, text]) => told.get(entry) === text)
  }
  await waitFor(isTold, { what: `${name} of ${topic} to be ${value}` })
}

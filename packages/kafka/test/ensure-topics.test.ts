import type { Topic } from '@millrace/schemas'
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
  expect(await kafka.ensureTopics(both, options)).toEqual({ created: [name(events), name(state)], existing: [] })
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

test('a second call changes nothing and says what was there', async () => {
  const { kafka, admin, name } = await prepared()
  await kafka.ensureTopics([events] as unknown as Topic<unknown>[], options)
  expect(await kafka.ensureTopics(both, options)).toEqual({ created: [name(state)], existing: [name(events)] })
  expect(await kafka.ensureTopics(both, options)).toEqual({ created: [], existing: [name(events), name(state)] })
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

import type { Kafka } from 'kafkajs'
import { expect, test } from 'vitest'
import { createAdmin } from '../../src/kafkajs/admin.ts'

/** As kafkajs fails when the metadata that its calls share lost the topic between two of its requests. */
function lostTopic(): never {
  const low: { partitions: unknown }[] = []
  const { partitions } = low.pop() as { partitions: unknown }
  throw new Error(`not reached: ${partitions}`)
}

function adminOver(answers: { fetchTopicOffsets?: () => unknown; fetchOffsets?: () => unknown }) {
  const client = { admin: () => ({ connect: async () => {}, disconnect: async () => {}, ...answers }) }
  return createAdmin(client as unknown as Kafka)
}

function inTurn(...answers: (() => unknown)[]) {
  return async () => (answers.length > 1 ? answers.shift() : answers[0])?.()
}

test('an offset lookup that finds no metadata of its topic is made again', async () => {
  const offsets = [{ partition: 0, low: '2', high: '7' }]
  const admin = adminOver({
    fetchTopicOffsets: inTurn(
      lostTopic,
      () => [],
      () => offsets,
    ),
  })
  expect(await admin.bounds('topic')).toEqual(new Map([[0, { low: 2n, high: 7n }]]))
})

test('commits of a topic without metadata are not taken for none', async () => {
  const partitions = [{ partition: 0, offset: '5', metadata: null }]
  const admin = adminOver({
    fetchOffsets: inTurn(
      () => [{ topic: 'topic', partitions: [] }],
      () => [{ topic: 'topic', partitions }],
    ),
  })
  expect(await admin.committed('group', 'topic')).toEqual(new Map([[0, 5n]]))
})

test('when it stays so, the error says what is missing and may be tried again', async () => {
  const admin = adminOver({ fetchTopicOffsets: inTurn(lostTopic) })
  await expect(admin.bounds('topic')).rejects.toMatchObject({
    retryable: true,
    message: 'the partitions of topic are not known yet',
  })
})

import type { Kafka } from 'kafkajs'
import { expect, test } from 'vitest'
import { createAdmin } from '../../src/kafkajs/admin.ts'

/** As kafkajs fails when the metadata that its calls share lost the topic between two of its requests. */
function lostTopic(): never {
  const low: { partitions: unknown }[] = []
  const { partitions } = low.pop() as { partitions: unknown }
  throw new Error(`not reached: ${partitions}`)
}

type Question = 'fetchTopicOffsets' | 'fetchOffsets' | 'listTopics' | 'createTopics'

function adminOver(answers: Partial<Record<Question, () => unknown>>) {
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

test('who asks what others ask too shares the next answer, never one that was under way before', async () => {
  let [asked, end] = [0, 0]
  const gate = Promise.withResolvers<void>()
  const admin = adminOver({
    fetchTopicOffsets: async () => {
      asked++
      const high = String(end)
      if (asked === 1) await gate.promise
      return [{ partition: 0, low: '0', high }]
    },
  })
  const highs = async (count: number) =>
    await Promise.all(Array.from({ length: count }, async () => (await admin.bounds('topic')).get(0)?.high))
  const before = highs(10)
  await new Promise(setImmediate)
  end = 7
  const after = highs(10)
  gate.resolve()
  expect([await before, await after]).toEqual([Array(10).fill(0n), Array(10).fill(7n)])
  expect(asked).toBe(2)
})

test('a question that failed is asked anew', async () => {
  const admin = adminOver({
    fetchTopicOffsets: inTurn(
      () => {
        throw failure('REQUEST_TIMED_OUT')
      },
      () => [{ partition: 0, low: '0', high: '3' }],
    ),
  })
  await expect(admin.bounds('topic')).rejects.toMatchObject({ failure: 'unavailable' })
  expect(await admin.bounds('topic')).toEqual(new Map([[0, { low: 0n, high: 3n }]]))
})

/** As kafkajs names an error of the protocol. */
const failure = (type: string) => Object.assign(new Error(type), { type })

test('topics are listed again while one of them, whoever’s, has no leader yet', async () => {
  const unled = () => {
    throw failure('LEADER_NOT_AVAILABLE')
  }
  const admin = adminOver({ listTopics: inTurn(unled, unled, () => ['a', 'b']) })
  expect(await admin.topicNames()).toEqual(['a', 'b'])
})

test.each([
  [
    'taken for made that another one makes, or the broker still does',
    ['TOPIC_ALREADY_EXISTS', 'REQUEST_TIMED_OUT'],
    true,
  ],
  ['told of that the broker refuses', ['REQUEST_TIMED_OUT', 'POLICY_VIOLATION'], false],
])('topics are %s', async (_, types, isTaken) => {
  const errors = types.map(failure)
  const refuse = () => {
    throw Object.assign(new Error('Topic creation errors'), { name: 'KafkaJSAggregateError', errors })
  }
  const made = adminOver({ createTopics: inTurn(refuse) }).createTopics([])
  if (isTaken) await made
  else await expect(made).rejects.toThrow('Topic creation errors')
})

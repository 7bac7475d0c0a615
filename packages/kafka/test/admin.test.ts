import type { Topic } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { connectForTest, randomName, range, setUpTopics } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const [asked, ...others] = range(8).map((n) => bytesTopic(`topic${n}`, { partitions: 2 })) as [
  Topic<Buffer>,
  ...Topic<Buffer>[],
]
setUpTopics(prefix, [asked, ...others])

test('questions about other topics never make a client forget the partitions of one', async () => {
  const { kafka } = connectForTest({ prefix })
  const until = Date.now() + 3_000
  const asking = async (topic: Topic<Buffer>) => {
    const found = new Set<number>()
    while (Date.now() < until) {
      found.add((await kafka.ends(topic)).size)
      found.add((await kafka.starts(topic)).size)
      await kafka.committed('nobody', topic)
    }
    return [...found]
  }
  const watching = async () => {
    while (Date.now() < until) expect((await kafka.replication(others as Topic<unknown>[])).offline).toBe(0)
  }
  const [found] = await Promise.all([asking(asked), ...range(4).map(watching)])
  expect(found).toEqual([2])
})

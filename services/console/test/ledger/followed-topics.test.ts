import { connectMemoryKafka } from '@millrace/kafka/memory'
import { readersBesideGroups, type Topic, topics } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { followTopics } from '../../src/ledger/followed-topics.ts'

test('the registry knows of each topic that the console reads', () => {
  const registered = Object.values(topics) as unknown as readonly Topic<unknown>[]
  const known = registered.filter(({ name }) => readersBesideGroups(name).includes('console'))
  const names = new Set(registered.map(({ name }) => name))
  const followed = followTopics(connectMemoryKafka()).topics.filter(({ name }) => names.has(name))
  const read = [...followed, topics.audit, topics.keys, topics.erasures].map(({ name }) => name)
  expect(known.map(({ name }) => name).toSorted()).toEqual(read.toSorted())
})

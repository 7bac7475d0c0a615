import { waitFor } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { dealt } from '../../src/kafkajs/assigner.ts'
import { connectForTest, randomName, range, setUpTopics } from '../support/kafka.ts'
import { bytesTopic } from '../support/topics.ts'

const prefix = randomName()
const requested = bytesTopic('requested', { partitions: 4 })
const retried = bytesTopic('retried', { partitions: 4 })
setUpTopics(prefix, [requested, retried])

test('every partition number has exactly one owner, and no member has more than one above another', () => {
  for (const members of [1, 2, 3, 5, 8]) {
    for (const partitions of [1, 4, 12]) {
      const shares = range(members).map((place) => dealt(partitions, place, members))
      expect(shares.flat().toSorted((a, b) => a - b)).toEqual(range(partitions))
      const sizes = shares.map((share) => share.length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }
  }
})

test('of two members each owns the same partition numbers of both topics', async () => {
  const owners = new Map<string, Set<number>>()
  const startMember = (member: number) => {
    const { kafka } = connectForTest({ prefix })
    return kafka.consume({
      group: 'co-assigned',
      topics: [requested, retried],
      ordering: 'key',
      handle: async (record) => {
        const place = `${record.topic}-${record.partition}`
        owners.set(place, (owners.get(place) ?? new Set()).add(member))
      },
    })
  }
  const members = [startMember(0), startMember(1)]
  await Promise.all(members.map(({ joined }) => joined))
  const { kafka } = connectForTest({ prefix })
  await waitFor(
    async () => {
      const isTogether = members.every((member) => member.health().isReady)
      owners.clear()
      const keys = range(12).map((n) => `key-${n}`)
      for (const topic of [requested, retried])
        await Promise.all(keys.map((key) => kafka.send(topic, key, Buffer.from('x'))))
      await Promise.all(members.map((member) => member.caughtUp()))
      const seen = new Set([...owners.values()].flatMap((each) => [...each]))
      return isTogether && owners.size === 8 && seen.size === 2 && [...owners.values()].every((each) => each.size === 1)
    },
    { what: 'both members to own something' },
  )
  for (const partition of range(4)) {
    expect(owners.get(`requested-${partition}`)).toEqual(owners.get(`retried-${partition}`))
  }
})

import { waitFor } from '@millrace/test-support'
import { expect, test, vi } from 'vitest'
import { count } from '../src/telemetry.ts'
import { fill, gate, text } from './support/consuming.ts'
import { connectForTest, randomName, range, setUpTopics } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const names = ['ahead', 'rest'] as const
const source = (name: (typeof names)[number]) => bytesTopic(`${name}.in`, { partitions: 1 })
setUpTopics(prefix, names.map(source))

test('what was finished beyond an unfinished record is not handled again by the next owner', async () => {
  const one = connectForTest({ prefix })
  const two = connectForTest({ prefix })
  const topic = source('ahead')
  await fill(one.kafka, topic, ['a:stuck', ...range(50).map((n) => `b:${n}`), 'c:stuck'])
  const never = gate()
  const first: string[] = []
  const consumer = one.kafka.consume<Buffer>({
    group: 'ahead',
    topics: [topic],
    ordering: 'none',
    handle: async (record) => {
      if (text(record).endsWith('stuck')) await never.opened
      else first.push(text(record))
    },
  })
  await waitFor(() => first.length === 50, { what: 'all but two', deadlineMs: 15_000 })
  await consumer.close(100)
  const second: string[] = []
  const successor = two.kafka.consume<Buffer>({
    group: 'ahead',
    topics: [topic],
    ordering: 'none',
    handle: async (record) => void second.push(text(record)),
  })
  await successor.caughtUp()
  never.open()
  expect(second.toSorted()).toEqual(['a:stuck', 'c:stuck'])
})

test('a record that is not due for long holds no memory and comes in time, and nothing is passed over for it', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = source('rest')
  const due = Date.now() + 4_000
  await fill(kafka, topic, ['a:now', `b:${due}`, ...range(20).map((n) => `c${n}:${due + n}`)])
  const seen: { readonly text: string; readonly at: number }[] = []
  let most = 0
  const counted = vi.spyOn(count, 'consumed')
  const consumer = kafka.consume<Buffer>({
    group: 'rest',
    topics: [topic],
    ordering: 'none',
    notBefore: (record) => Number(text(record).split(':')[1]) || 0,
    handle: async (record) => void seen.push({ text: text(record), at: Date.now() }),
  })
  await waitFor(() => seen.length === 1, { what: 'the first', deadlineMs: 15_000 })
  most = consumer.health().inFlight
  await waitFor(() => seen.length === 22, { what: 'the others', deadlineMs: 15_000 })
  await consumer.caughtUp()
  expect(most).toBe(0)
  // What is left in the log is fetched again, and counts once.
  const handed = counted.mock.calls.filter(([, group]) => group === 'rest').map(([, , records]) => records)
  expect(handed.reduce((sum, records) => sum + records, 0)).toBe(22)
  expect(seen.map((each) => each.text).slice(0, 2)).toEqual(['a:now', `b:${due}`])
  for (const { at } of seen.slice(1)) {
    expect(at).toBeGreaterThanOrEqual(due)
    expect(at).toBeLessThan(due + 400)
  }
})

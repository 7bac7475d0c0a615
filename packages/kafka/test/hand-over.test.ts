import { ownTime, waitFor } from '@millrace/test-support'
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
  await waitFor(() => first.length === 50, { what: 'all but two' })
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
  await fill(kafka, topic, ['a:now'])
  const seen: { readonly text: string; readonly at: number; readonly own: number }[] = []
  let most = 0
  const counted = vi.spyOn(count, 'consumed')
  const consumer = kafka.consume<Buffer>({
    group: 'rest',
    topics: [topic],
    ordering: 'none',
    notBefore: (record) => Number(text(record).split(':')[1]) || 0,
    handle: async (record) => void seen.push({ text: text(record), at: Date.now(), own: ownTime() }),
  })
  await waitFor(() => seen.length === 1, { what: 'the first' })
  const due = Date.now() + 4_000
  let ownDue = Number.POSITIVE_INFINITY
  setTimeout(() => {
    ownDue = ownTime()
  }, 4_000)
  await fill(
    kafka,
    topic,
    range(21).map((n) => `b${n}:${due + n}`),
  )
  const isOver = () => {
    // Taken into memory two seconds ahead.
    if (Date.now() < due - 2_100) most = Math.max(most, consumer.health().inFlight)
    return seen.length === 22
  }
  await waitFor(isOver, { what: 'the others' })
  await consumer.caughtUp()
  expect(most).toBe(0)
  // What is left in the log is fetched again, and counts once.
  const handed = counted.mock.calls.filter(([, group]) => group === 'rest').map(([, , records]) => records)
  expect(handed.reduce((sum, records) => sum + records, 0)).toBe(22)
  expect(new Set(seen.map((each) => each.text)).size).toBe(22)
  for (const { text: name, at, own } of seen.slice(1)) {
    const due = Number(name.split(':')[1])
    expect(at).toBeGreaterThanOrEqual(due)
    expect(own - ownDue).toBeLessThan(1_000)
  }
})

import { expect, test } from 'vitest'
import { createMember } from '../../src/kafkajs/member.ts'
import type { TopicPartition } from '../../src/port.ts'
import { fakeConsumer } from '../support/fake-consumer.ts'
import { createRecordingLog } from '../support/recording-log.ts'

const tp: TopicPartition = { topic: 't', partition: 0 }

async function startMember() {
  const fake = fakeConsumer()
  const taken: number[] = []
  const events: string[] = []
  let passed = 0n
  const member = createMember(
    fake.client,
    {
      group: 'g',
      topics: ['t'],
      isReadCommitted: true,
      from: 'beginning',
      events: {
        assigned: (partitions) => events.push(`assigned ${partitions.map(({ partition }) => partition)}`),
        kept: () => undefined,
        lost: (partitions) => events.push(`lost ${partitions.map(({ partition }) => partition)}`),
        records: (_, records) => taken.push(...records.map(({ offset }) => Number(offset))),
        rebalancing: () => {},
        passed: (_, next) => {
          passed = next
        },
        fatal: (error) => events.push(`fatal ${error.message}`),
      },
    },
    { sessionTimeoutMs: 6_000, log: createRecordingLog() },
  )
  const started = member.start()
  await new Promise(setImmediate)
  fake.join('m1', { t: [0] })
  await started
  return { fake, member, taken, events, passed: () => Number(passed) }
}

test('a batch that was asked for before a seek is not taken after it, so nothing between is skipped', async () => {
  const { fake, member, taken } = await startMember()
  member.seek(tp, 5n)
  await fake.hand('t', 0, 100, [100, 101])
  expect(taken).toEqual([])
  expect(fake.seeks.at(-1)).toEqual({ partition: 0, offset: '5' })
  await fake.hand('t', 0, 5, [5, 6])
  expect(taken).toEqual([5, 6])
})

test('a gap that is still there after a second look is taken: retention made it', async () => {
  const { fake, member, taken } = await startMember()
  member.seek(tp, 5n)
  await fake.hand('t', 0, 100, [100, 101])
  await fake.hand('t', 0, 100, [100, 101])
  expect(taken).toEqual([100, 101])
})

test('control records between two batches are no gap', async () => {
  const { fake, member, taken, passed } = await startMember()
  member.seek(tp, 0n)
  await fake.hand('t', 0, 0, [0, 1])
  fake.pass('t', 0, 2, 9)
  expect(passed()).toBe(10)
  await fake.hand('t', 0, 10, [10])
  expect(taken).toEqual([0, 1, 10])
})

test('control records behind a compacted stretch are passed after a second look', async () => {
  const { fake, member, passed } = await startMember()
  member.seek(tp, 0n)
  fake.pass('t', 0, 20, 20)
  fake.pass('t', 0, 20, 20)
  expect(passed()).toBe(21)
})

test('a new member id means that all partitions were lost in between', async () => {
  const { fake, events } = await startMember()
  fake.join('m1', { t: [0, 1] })
  fake.join('m2', { t: [0, 1] })
  expect(events).toEqual(['assigned 0', 'assigned 1', 'lost 0,1', 'assigned 0,1'])
})

test('a crash that kafkajs does not restart from is fatal; one that it does is not', async () => {
  const { fake, events } = await startMember()
  fake.crash(Object.assign(new Error('soon back'), { name: 'KafkaJSConnectionError' }), true)
  expect(events).toEqual(['assigned 0'])
  fake.crash(new TypeError('a bug'), false)
  expect(events.at(-1)).toBe('fatal consumer g stopped for good: TypeError')
})

import { afterEach, expect, test, vi } from 'vitest'
import { createPace } from '../../src/pace.ts'
import { createSender } from '../../src/send.ts'

const KIB = 1_024

afterEach(() => void vi.useRealTimers())

test('nothing is expected to wait before a request has told how much the broker takes', () => {
  const pace = createPace()
  expect(pace.timeFor(64 * 1_024 * KIB)).toBe(0)
  pace.answered(2 * KIB, 50)
  expect(pace.timeFor(64 * 1_024 * KIB)).toBe(0)
})

test('the wait follows from the rate of the last requests', () => {
  const pace = createPace()
  for (let times = 0; times < 20; times++) pace.answered(200 * KIB, 200)
  expect(pace.timeFor(600 * KIB)).toBeCloseTo(600, 0)
  for (let times = 0; times < 20; times++) pace.answered(200 * KIB, 20)
  expect(pace.timeFor(600 * KIB)).toBeCloseTo(60, 0)
})

test('a request becomes smaller until it takes no longer than 300 ms, and larger again on a fast broker', () => {
  const pace = createPace()
  const taking = (bytesPerMs: number) => pace.answered(pace.batchBytes(), pace.batchBytes() / bytesPerMs)
  for (let times = 0; times < 10; times++) taking(KIB)
  expect(pace.batchBytes()).toBeLessThanOrEqual(300 * KIB)
  expect(pace.batchBytes()).toBeGreaterThan(200 * KIB)
  for (let times = 0; times < 10; times++) taking(100 * KIB)
  expect(pace.batchBytes()).toBe(512 * KIB)
})

test('at five times what the brokers take, what is let in is answered in time and the rest refused at once', async () => {
  // What is promised is a rule about times; a busy machine would only add its own.
  vi.useFakeTimers()
  const PER_SECOND = 400
  const records: number[] = []
  const append = async (batch: readonly { topic: string; partition: number }[]) => {
    await new Promise((resolve) => setTimeout(resolve, (batch.length / PER_SECOND) * 1_000))
    records.push(batch.length)
    return batch.map(({ topic, partition }) => ({ topic, partition, baseOffset: 0n }))
  }
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const sender = createSender(
    { producer: () => ({ append, close: async () => {} }) } as never,
    { leaders: async () => new Map([[0, 1]]) } as never,
    { timeoutMs: 1_800, maxQueueBytes: 64e6, maxQueueRecords: 20_000, maxWaitMs: 600, log: quiet },
  )
  const seen = { stored: 0, refused: 0, late: 0 }
  const value = Buffer.alloc(2_000)
  const sendAll = (count: number) =>
    Array.from({ length: count }, () =>
      sender.send({ topic: 't', partition: 0, key: null, value, headers: {} }).then(
        () => seen.stored++,
        ({ code }) => (code === 'MR_KAFKA_QUEUE_FULL' ? seen.refused++ : seen.late++),
      ),
    )
  const sent: Promise<number>[] = []
  let due = 0
  for (let ms = 0; ms < 3_000; ms += 5) {
    await vi.advanceTimersByTimeAsync(5)
    // A second at half of it, so that the pace is known, then two at five times.
    const wanted = Math.floor(ms < 1_000 ? ms / 5 : 200 + ((ms - 1_000) / 1_000) * PER_SECOND * 5)
    sent.push(...sendAll(wanted - due))
    due = wanted
  }
  await vi.advanceTimersByTimeAsync(5_000)
  await Promise.all(sent)
  await sender.close(1_000)
  expect(seen.late).toBe(0)
  expect(seen.refused).toBeGreaterThan(2 * PER_SECOND)
  expect(seen.stored).toBeGreaterThan(0.8 * (200 + 2 * PER_SECOND))
})

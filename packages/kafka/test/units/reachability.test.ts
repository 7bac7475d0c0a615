import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createReachability, watchAnswers } from '../../src/reachability.ts'
import { createRecordingLog } from '../support/recording-log.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const told = (log: ReturnType<typeof createRecordingLog>) =>
  log.lines.map(({ level, message, fields }) => [level, message, fields])

test('an outage is one warning, and one line with its seconds when it is over', () => {
  const log = createRecordingLog()
  const reachability = createReachability({ log, fields: { group: 'g' } })
  reachability.answered()
  reachability.silent(Date.now() - 2_000)
  vi.advanceTimersByTime(28_000)
  reachability.silent(Date.now())
  reachability.answered()
  reachability.answered()
  expect(told(log)).toEqual([
    ['warn', 'Kafka does not answer', { group: 'g' }],
    ['info', 'Kafka answers again', { group: 'g', seconds: 30 }],
  ])
})

test('while one broker of several is away, the answers of the others do not end the outage', () => {
  const log = createRecordingLog()
  const reachability = createReachability({ log, quietMs: 2_000 })
  for (let second = 0; second < 10; second++) {
    reachability.silent(Date.now())
    vi.advanceTimersByTime(1_000)
    reachability.answered()
  }
  vi.advanceTimersByTime(1_000)
  reachability.answered()
  expect(told(log)).toEqual([
    ['warn', 'Kafka does not answer', {}],
    ['info', 'Kafka answers again', { seconds: 11 }],
  ])
})

test('a member that is told nothing warns, and not while it only waits for the others of its group', () => {
  const log = createRecordingLog()
  let isJoined = false
  const watch = watchAnswers(createReachability({ log }), () => isJoined, 6_000)
  vi.advanceTimersByTime(15_000)
  watch.answered()
  isJoined = true
  vi.advanceTimersByTime(7_000)
  expect(log.lines).toEqual([])
  vi.advanceTimersByTime(3_000)
  watch.answered()
  watch.stop()
  vi.advanceTimersByTime(60_000)
  expect(told(log)).toEqual([
    ['warn', 'Kafka does not answer', {}],
    ['info', 'Kafka answers again', { seconds: 10 }],
  ])
})

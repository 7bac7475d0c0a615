import { randomBytes, randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { awaitPredecessor } from '../src/await-predecessor.ts'
import { createSettled, type SettledOptions } from '../src/settled.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `t${randomBytes(5).toString('hex')}.` })
afterAll(() => redis.disconnect())

const settledBy = (changes: Partial<SettledOptions> = {}) =>
  createSettled({ redis, keptMs: 60_000, attempts: async function* () {}, log: silent, ...changes })
const behind = (predecessor_id: string | null, requested_at = 0) => ({ tenant: 'acme', predecessor_id, requested_at })
const at = (attempt: number, now = 1_000) => ({ attempt, now: () => now })

test('the first of a conversation waits for nothing, the next for what is settled anywhere', async () => {
  const id = randomUUID()
  expect(await awaitPredecessor(settledBy(), behind(null), at(1))).toBeUndefined()
  await expect(awaitPredecessor(settledBy(), behind(id), at(1))).rejects.toMatchObject({ code: 'MR_KAFKA_THROTTLED' })
  await settledBy().settle('acme', id)
  expect(await awaitPredecessor(settledBy(), behind(id), at(1))).toBeUndefined()
})

test('behind one that waits for its time a delivery waits until just after it, out of memory', async () => {
  const id = randomUUID()
  await settledBy().waits('acme', id, 600_000)
  expect(await awaitPredecessor(settledBy(), behind(id), at(1))).toEqual({ dueAt: 600_200 })
})

test('behind one that is in hand a delivery goes on when that is let go', async () => {
  const id = randomUUID()
  const settled = settledBy()
  const letGo = settled.hold(id)
  const waiting = awaitPredecessor(settled, behind(id), at(1))
  await settled.settle('acme', id)
  letGo()
  await expect(waiting).rejects.toMatchObject({ retryAfterMs: 1 })
  expect(await awaitPredecessor(settled, behind(id), at(2))).toBeUndefined()
})

test('what Redis forgot is read back from the attempts: what ended is settled, what is retried waits', async () => {
  const [done, waits, nowhere] = [randomUUID(), randomUUID(), randomUUID()]
  const settled = settledBy({
    attempts: async function* () {
      yield { tenant: 'acme', delivery_id: done, run_id: '', outcome: 'retrying', next_attempt_at: 5 }
      yield { tenant: 'acme', delivery_id: waits, run_id: '', outcome: 'retrying', next_attempt_at: 900_000 }
      yield { tenant: 'acme', delivery_id: done, run_id: '', outcome: 'failed', next_attempt_at: null }
    },
  })
  // It is read back when a predecessor has been unknown for some looks.
  await awaitPredecessor(settled, behind(nowhere, 1_000), at(8))
  expect(await awaitPredecessor(settled, behind(done), at(1))).toBeUndefined()
  expect(await awaitPredecessor(settled, behind(waits), at(1))).toEqual({ dueAt: 900_200 })
})

test('one that nobody knows of long after, not even the attempts, was never requested and holds nobody back', async () => {
  const id = randomUUID()
  expect(await awaitPredecessor(settledBy(), behind(id, 0), at(8, 900_001))).toBeUndefined()
  expect(await awaitPredecessor(settledBy(), behind(id, 0), at(8, 899_999))).toEqual({ dueAt: 903_999 })
})

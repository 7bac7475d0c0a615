import { randomUUID } from 'node:crypto'
import { DEDUP_WINDOW_MS } from '@millrace/domain'
import type { ChainableCommander, Redis } from 'ioredis'
import { claimKey, MARKER, REFILL_LOCK, watermarksKey } from './claim-keys.ts'
import type { ClaimRequest } from './claim-store.ts'
import { DedupError } from './errors.ts'
import { reaching, redisScript } from './redis-script.ts'

/** Claims that are being read back. They count once `finish` has resolved; until then every process finds that claims are missing. */
export interface Filling {
  add(settled: readonly SettledClaim[]): Promise<void>
  /**
   * `watermarks`: the committed offset of each partition.
   * @throws DedupError `MR_DEDUP_REFILLING` when the lock went to another process, or Redis has lost a part of what was added
   */
  finish(watermarks: ReadonlyMap<number, bigint>): Promise<void>
}

/** The claim of an event that is in `webhooks.events`. */
export type SettledClaim = Omit<ClaimRequest, 'windowMs' | 'counts'>

const LOCK_MS = 15_000
const UNLOCK = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`
const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`
const finishFilling = redisScript('finish-filling')

/** Runs `work` while holding the refill lock, with its token; false when another process holds it. */
export async function withRefillLock(redis: Redis, work: (token: string) => Promise<boolean>): Promise<boolean> {
  const token = randomUUID()
  const taken = await reaching(() => redis.set(REFILL_LOCK, token, 'PX', LOCK_MS, 'NX'))
  if (taken === null) return false
  const renewing = setInterval(
    () => void redis.eval(RENEW, 1, REFILL_LOCK, token, LOCK_MS).catch(() => {}),
    LOCK_MS / 3,
  )
  try {
    return await work(token)
  } finally {
    clearInterval(renewing)
    // If Redis went away the lock expires by itself.
    await redis.eval(UNLOCK, 1, REFILL_LOCK, token).catch(() => {})
  }
}

/** Makes the present claims count no more and begins a new filling. */
export async function startFilling(redis: Redis, clusterId: string, token: string): Promise<Filling> {
  const incarnation = randomUUID().slice(0, 8)
  const underWay = `${clusterId} filling ${incarnation}`
  let added = 0
  await reaching(() => redis.set(MARKER, underWay))
  return {
    add: (settled) =>
      reaching(async () => {
        const pipeline = redis.pipeline()
        for (const { claim, position, receivedAt, isFull } of settled) {
          const value = `=${position}|${receivedAt}|${isFull ? 'f' : 'p'}|`
          pipeline.set(claimKey(incarnation, claim), value, 'PX', DEDUP_WINDOW_MS)
        }
        // Counted after them: a Redis that failed over and lost claims has a lower count too.
        pipeline.hincrby(watermarksKey(incarnation), 'filled', settled.length)
        await all(pipeline)
        added += settled.length
      }),
    finish: (watermarks) =>
      reaching(async () => {
        const offsets = [...watermarks].flatMap(([partition, offset]) => [partition, String(offset)])
        const done = await finishFilling(
          redis,
          [REFILL_LOCK, MARKER, watermarksKey(incarnation)],
          [token, underWay, `${clusterId} ${incarnation}`, added, ...offsets],
        )
        if (done !== 1) throw new DedupError('MR_DEDUP_REFILLING', 'Redis changed while claims were read back')
      }),
  }
}

async function all(pipeline: ChainableCommander): Promise<void> {
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
}

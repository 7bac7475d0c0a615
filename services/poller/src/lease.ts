import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'

const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`

export interface LeaseOptions {
  readonly redis: Redis
  readonly key: string
  /** Milliseconds without a renewal after which it is free. */
  readonly ttlMs: number
  /** Ends the work. */
  readonly signal: AbortSignal
}

/**
 * Runs `work` while this process holds the lease; false at once when another one holds it. The signal that `work` gets aborts when the lease is lost or
 * could not be renewed in time, Redis away included. A process that stalled may still do a last thing: the work must bear two doing it.
 * @throws what `work` throws, and what Redis rejects with while the lease is taken
 */
export async function withLease(
  { redis, key, ttlMs, signal }: LeaseOptions,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const token = randomUUID()
  if ((await redis.set(key, token, 'PX', ttlMs, 'NX')) === null) return false
  const lost = new AbortController()
  const done = new AbortController()
  const renewing = renewLease({ redis, key, ttlMs, token }, lost, done.signal)
  try {
    await work(AbortSignal.any([signal, lost.signal]))
  } finally {
    done.abort()
    await renewing
    // If Redis is away it expires by itself.
    await redis.eval(RELEASE, 1, key, token).catch(() => {})
  }
  return true
}

async function renewLease(
  { redis, key, ttlMs, token }: Omit<LeaseOptions, 'signal'> & { readonly token: string },
  lost: AbortController,
  done: AbortSignal,
): Promise<void> {
  let heldUntil = performance.now() + ttlMs
  while (!done.aborted && !lost.signal.aborted) {
    await delay(ttlMs / 5, undefined, { signal: done }).catch(() => {})
    if (done.aborted) return
    const askedAt = performance.now()
    const renewed = await redis.eval(RENEW, 1, key, token, ttlMs).catch(() => null)
    if (renewed === 1) heldUntil = askedAt + ttlMs
    else if (renewed === 0 || performance.now() >= heldUntil - ttlMs / 5) lost.abort()
  }
}

import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DEDUP_WINDOW_MS } from '@millrace/domain'
import type { Redis } from 'ioredis'
import { DedupError } from './errors.ts'

export interface ClaimRequest {
  readonly claim: string
  /** The record's own position; a record that is read again recognises its claim by it. */
  readonly position: string
  readonly receivedAt: number
  /** Milliseconds within which an equal identity is the same event; 0 for as long as the claim lives. */
  readonly windowMs: number
  readonly isFull: boolean
}

/** `new`: this record is the event. `fuller`: a fuller copy of a known event. `duplicate`: nothing to do. */
export interface ClaimVerdict {
  readonly verdict: 'new' | 'fuller' | 'duplicate'
  readonly firstReceivedAt: number
}

export interface ClaimBatch {
  readonly partition: number
  /** Everything below is done, so Redis must hold its claims. */
  readonly committed: bigint
  /** One past the batch's last offset. */
  readonly next: bigint
  readonly requests: readonly ClaimRequest[]
}

/**
 * Claims in Redis: who was first with an identity. All keys of one filling carry its incarnation, so that a refill starts clean and what an older
 * filling left expires by itself. Every method rejects with `MR_DEDUP_REDIS_UNAVAILABLE` when Redis does not answer.
 */
export interface ClaimStore {
  /** Undefined: Redis does not hold what it must, a refill is due. */
  claim(batch: ClaimBatch): Promise<ClaimVerdict[] | undefined>
  /** Takes back claims that these positions hold: their records go to the dead-letter topic, and a redrive must pass. */
  release(requests: readonly Pick<ClaimRequest, 'claim' | 'position'>[]): Promise<void>
  /** Starts a filling; it counts only once `finish` has run. */
  startFilling(): Filling
  /** Highest known ends of the topics that claims speak of, by `topic-partition`. */
  knownEnds(): Promise<ReadonlyMap<string, bigint>>
  noteEnds(ends: ReadonlyMap<string, bigint>): Promise<void>
  /** Makes every process refill. */
  invalidate(): Promise<void>
  /** Runs `work` while holding the refill lock; false when another process holds it. */
  withRefillLock(work: () => Promise<void>): Promise<boolean>
  /** True when the marker is there and of this cluster. */
  isFilled(): Promise<boolean>
}

export interface Filling {
  add(requests: readonly ClaimRequest[]): Promise<void>
  finish(watermarks: ReadonlyMap<number, bigint>): Promise<void>
}

const SCRIPT = readFileSync(new URL('./claim-events.lua', import.meta.url), 'utf8')
const SCRIPT_SHA = createHash('sha1').update(SCRIPT).digest('hex')

const RELEASE = `
for i, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if held and string.sub(held, 1, #ARGV[i] + 1) == ARGV[i] .. '|' then redis.call('DEL', key) end
end
return 0`

const UNLOCK = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`
const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`

const MARKER = 'claim:marker'
const ENDS = 'claim:ends'
const LOCK = 'claim:refill-lock'
const LOCK_MS = 15_000

export function createClaimStore(redis: Redis, clusterId: string): ClaimStore {
  let incarnation = ''

  const claimKey = (of: string, claim: string) => `claim:${of}:${claim}`
  const watermarkKey = (of: string) => `claim:${of}#watermarks`
  const heldBy = (request: ClaimRequest) => `${request.position}|${request.receivedAt}|${request.isFull ? 'f' : 'p'}|`

  /** The incarnation of the filling that counts, empty when there is none for this cluster. */
  const currentIncarnation = async (): Promise<string> => {
    const [cluster, of] = ((await redis.get(MARKER)) ?? '').split(' ')
    return cluster === clusterId && of !== undefined ? of : ''
  }

  const run = async (batch: ClaimBatch): Promise<unknown> => {
    const keys = [MARKER, watermarkKey(incarnation), ...batch.requests.map(({ claim }) => claimKey(incarnation, claim))]
    const args = [
      `${clusterId} ${incarnation}`,
      batch.partition,
      String(batch.committed),
      String(batch.next),
      DEDUP_WINDOW_MS,
      ...batch.requests.flatMap((request) => [
        request.position,
        request.receivedAt,
        request.windowMs,
        request.isFull ? 'f' : 'p',
      ]),
    ]
    try {
      return await redis.evalsha(SCRIPT_SHA, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return redis.eval(SCRIPT, keys.length, ...keys, ...args)
    }
  }

  return {
    claim: (batch) =>
      reaching(async () => {
        incarnation ||= await currentIncarnation()
        if (incarnation === '') return undefined
        const answer = await run(batch)
        if (answer !== 'refill') return verdictsOf(answer as string[])
        // Another process may have filled anew since this one looked.
        const known = incarnation
        incarnation = await currentIncarnation()
        if (incarnation === '' || incarnation === known) return undefined
        const again = await run(batch)
        return again === 'refill' ? undefined : verdictsOf(again as string[])
      }),
    release: (requests) =>
      reaching(async () => {
        if (requests.length === 0 || incarnation === '') return
        await redis.eval(
          RELEASE,
          requests.length,
          ...requests.map(({ claim }) => claimKey(incarnation, claim)),
          ...requests.map(({ position }) => position),
        )
      }),
    startFilling: () => {
      const of = randomUUID().slice(0, 8)
      return {
        add: (requests) =>
          reaching(async () => {
            const pipeline = redis.pipeline()
            for (const request of requests)
              pipeline.set(claimKey(of, request.claim), heldBy(request), 'PX', DEDUP_WINDOW_MS)
            await pipeline.exec()
          }),
        finish: (watermarks) =>
          reaching(async () => {
            const transaction = redis.multi()
            for (const [partition, next] of watermarks)
              transaction.hset(watermarkKey(of), String(partition), String(next))
            transaction.set(MARKER, `${clusterId} ${of}`)
            await transaction.exec()
            incarnation = of
          }),
      }
    },
    knownEnds: () =>
      reaching(
        async () => new Map(Object.entries(await redis.hgetall(ENDS)).map(([place, end]) => [place, BigInt(end)])),
      ),
    noteEnds: (ends) =>
      reaching(async () => {
        if (ends.size > 0)
          await redis.hset(ENDS, Object.fromEntries(Array.from(ends, ([place, end]) => [place, String(end)])))
      }),
    invalidate: () =>
      reaching(async () => {
        await redis.del(MARKER, ENDS)
        incarnation = ''
      }),
    withRefillLock: (work) => withLock(redis, work),
    isFilled: () => reaching(async () => (await currentIncarnation()) !== ''),
  }
}

async function withLock(redis: Redis, work: () => Promise<void>): Promise<boolean> {
  const token = randomUUID()
  const taken = await reaching(() => redis.set(LOCK, token, 'PX', LOCK_MS, 'NX'))
  if (taken === null) return false
  const renewing = setInterval(() => void redis.eval(RENEW, 1, LOCK, token, LOCK_MS).catch(() => {}), LOCK_MS / 3)
  try {
    await work()
    return true
  } finally {
    clearInterval(renewing)
    // If Redis went away the lock expires by itself.
    await redis.eval(UNLOCK, 1, LOCK, token).catch(() => {})
  }
}

function verdictsOf(answer: readonly string[]): ClaimVerdict[] {
  const verdicts: ClaimVerdict[] = []
  for (let place = 0; place < answer.length; place += 2) {
    verdicts.push({ verdict: answer[place] as ClaimVerdict['verdict'], firstReceivedAt: Number(answer[place + 1]) })
  }
  return verdicts
}

async function reaching<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new DedupError('MR_DEDUP_REDIS_UNAVAILABLE', `Redis: ${(cause as Error).message}`, { cause })
  }
}

import { DEDUP_WINDOW_MS } from '@millrace/domain'
import type { Redis } from 'ioredis'
import { type Filling, startFilling, withRefillLock } from './claim-filling.ts'
import { claimKey, ENDS, MARKER, watermarksKey } from './claim-keys.ts'
import { reaching, redisScript } from './redis-script.ts'

export interface ClaimRequest {
  readonly claim: string
  /** The record's own position; a record that is read again recognises its claim by it. */
  readonly position: string
  readonly receivedAt: number
  /** Milliseconds within which an equal identity is the same event; 0 for as long as the claim lives. */
  readonly windowMs: number
  readonly isFull: boolean
  /** False: another copy of its event counts, by the mode of its source; nothing is claimed. */
  readonly counts: boolean
}

/**
 * `new`: this record is the event. `fuller`: a fuller copy of a known event. `duplicate`: nothing to do. `held`: it does not count, and its event is
 * not known yet.
 */
export interface ClaimVerdict {
  readonly verdict: 'new' | 'fuller' | 'duplicate' | 'held'
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

export type ClaimAnswer =
  | { readonly kind: 'claimed'; readonly verdicts: readonly ClaimVerdict[] }
  /** Redis does not hold what it must: a refill is due. `incarnation` names the filling that falls short, empty when there is none. */
  | { readonly kind: 'lost'; readonly incarnation: string }
  /** The partition was committed up to `reached` once: who asks is no longer its owner, or its offsets were set back. */
  | { readonly kind: 'behind'; readonly reached: bigint; readonly incarnation: string }

/** Claims in Redis: who was first with an identity. Every method rejects with `MR_DEDUP_REDIS_UNAVAILABLE` when Redis does not answer. */
export interface ClaimStore {
  claim(batch: ClaimBatch): Promise<ClaimAnswer>
  /** Takes back what these positions claimed: their records go to the dead-letter topic, and a redrive must pass. */
  release(requests: readonly Pick<ClaimRequest, 'claim' | 'position'>[]): Promise<void>
  /** Fills anew in place of `incarnation`, one process at a time; false when another one is at it or has done it. */
  refill(incarnation: string, fill: (filling: Filling) => Promise<void>): Promise<boolean>
  /** Highest known ends of the topics that claims speak of, by `topic-partition`. */
  knownEnds(): Promise<ReadonlyMap<string, bigint>>
  noteEnds(ends: ReadonlyMap<string, bigint>): Promise<void>
  /** Makes every process refill. */
  invalidate(): Promise<void>
}

const claimEvents = redisScript('claim-events')
const releaseClaims = redisScript('release-claims')

export function createClaimStore(redis: Redis, clusterId: string): ClaimStore {
  let incarnation = ''

  /** The incarnation of the filling that counts, empty when there is none for this cluster. */
  const currentIncarnation = async (): Promise<string> => {
    const [cluster, of, ...more] = ((await redis.get(MARKER)) ?? '').split(' ')
    return cluster === clusterId && of !== undefined && more.length === 0 ? of : ''
  }

  const claimIn = async (of: string, { partition, committed, next, requests }: ClaimBatch): Promise<ClaimAnswer> => {
    if (of === '') return { kind: 'lost', incarnation: of }
    const args = requests.flatMap(({ position, receivedAt, windowMs, isFull, counts }) => [
      position,
      receivedAt,
      windowMs,
      isFull ? 'f' : 'p',
      counts ? 1 : 0,
    ])
    const answer = (await claimEvents(
      redis,
      [MARKER, watermarksKey(of), ...requests.map(({ claim }) => claimKey(of, claim))],
      [`${clusterId} ${of}`, partition, String(committed), String(next), DEDUP_WINDOW_MS, ...args],
    )) as string[]
    if (answer[0] === 'lost') return { kind: 'lost', incarnation: of }
    if (answer[0] === 'behind') return { kind: 'behind', reached: BigInt(answer[1] ?? 0), incarnation: of }
    return { kind: 'claimed', verdicts: verdictsOf(answer) }
  }

  return {
    claim: (batch) =>
      reaching(async () => {
        const used = incarnation
        const answer = await claimIn(used, batch)
        if (answer.kind === 'claimed') return answer
        // Another process may have filled anew since this one looked.
        incarnation = await currentIncarnation()
        return incarnation === used ? answer : claimIn(incarnation, batch)
      }),
    release: (requests) =>
      reaching(async () => {
        const keys = requests.map(({ claim }) => claimKey(incarnation, claim))
        if (keys.length > 0)
          await releaseClaims(
            redis,
            keys,
            requests.map(({ position }) => position),
          )
      }),
    refill: (instead, fill) =>
      withRefillLock(redis, async (token) => {
        const current = await reaching(currentIncarnation)
        if (current !== '' && current !== instead) return false
        await fill(await startFilling(redis, clusterId, token))
        return true
      }),
    knownEnds: () =>
      reaching(
        async () => new Map(Object.entries(await redis.hgetall(ENDS)).map(([place, end]) => [place, BigInt(end)])),
      ),
    noteEnds: (ends) =>
      reaching(async () => {
        if (ends.size > 0)
          await redis.hset(ENDS, Object.fromEntries(Array.from(ends, ([place, end]) => [place, String(end)])))
      }),
    invalidate: () => reaching(async () => void (await redis.del(MARKER, ENDS))),
  }
}

function verdictsOf(answer: readonly string[]): ClaimVerdict[] {
  const verdicts: ClaimVerdict[] = []
  for (let place = 0; place < answer.length; place += 2) {
    verdicts.push({ verdict: answer[place] as ClaimVerdict['verdict'], firstReceivedAt: Number(answer[place + 1]) })
  }
  return verdicts
}

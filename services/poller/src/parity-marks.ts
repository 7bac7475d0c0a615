import { reachingRedis } from '@millrace/kafka'
import type { Origin } from '@millrace/schemas'
import { redisScript } from '@millrace/service-kit'
import type { Redis } from 'ioredis'

/** What is told of an event, whichever copy came first. */
export interface MarkFacts {
  readonly type: string
  readonly occurred_at: number
  readonly conversation_id: string | null
  readonly is_private: boolean
  /** It has an id of the provider, so that both copies can be known as one. */
  readonly is_named: boolean
}

/** One event of a window: when each way brought it first, epoch milliseconds. */
export interface Mark extends MarkFacts {
  readonly webhook?: number
  readonly poll?: number
}

/** An event that was told as brought by one way only. */
export interface Missing {
  readonly seen_by: Origin
  readonly type: string
  readonly occurred_at: number
  readonly conversation_id: string | null
}

export type MarkAnswer =
  | { readonly kind: 'early' | 'noted' | 'full' | 'settled' }
  | { readonly kind: 'late'; readonly told: Missing }

export interface CopySeen {
  readonly event: string
  readonly origin: Origin
  readonly receivedAt: number
  readonly facts: MarkFacts
}

/**
 * Copies seen of the events of an account, by the window of the event's own time, in Redis: all replicas note, one tells. Noting twice is noting once.
 * May be lost: events that happened before the loss are then not compared. Every method rejects with `MR_KAFKA_REDIS_UNAVAILABLE` while Redis is away.
 */
export interface ParityMarks {
  note(account: string, copy: CopySeen): Promise<MarkAnswer>
  /** Comparing of the account begins with events from `at` on; where it has begun that stays. */
  begin(account: string, at: number): Promise<void>
  /** Begins of the windows that have marks and end by `until`, oldest first; from now on they take no more. */
  seal(account: string, until: number): Promise<number[]>
  /** Those of windows that are not sealed yet. */
  openMarks(account: string): Promise<readonly Mark[]>
  marksOf(account: string, window: number): Promise<ReadonlyMap<string, Mark>>
  /** The window has been told; of its events these were brought by one way only. */
  settle(account: string, window: number, missing: ReadonlyMap<string, Missing>): Promise<void>
  /** Webhooks that came in the last five to ten minutes, and since when that is. A webhook that is read again counts again. */
  came(account: string, now: number): Promise<{ readonly webhooks: number; readonly since: number }>
  /** Its other copy came, and that has been told. */
  found(account: string, event: string): Promise<void>
}

/** Windows that nobody could tell for so long, since polling stood still, are let go. */
const WINDOW_KEPT_MS = 25 * 3_600_000
const MISSING_KEPT_MS = 7 * 86_400_000
const MAX_EVENTS = 50_000
const CAME_STEP_MS = 300_000
const stepOf = (at: number) => Math.floor(at / CAME_STEP_MS)
const MAX_MISSING = 20_000

const markCopy = redisScript(new URL('./mark-copy.lua', import.meta.url))

/** `windowMs`: length of a window. */
export function createParityMarks(redis: Redis, windowMs: number): ParityMarks {
  const key = (account: string, what: string) => `parity:${account}:${what}`
  const windowKey = (account: string, window: number) => key(account, `window:${window}`)
  return {
    note: (account, { event, origin, receivedAt, facts }) =>
      reachingRedis('note a copy', async () => {
        const window = Math.floor(facts.occurred_at / windowMs) * windowMs
        const own = ['open', 'sealed', 'since', 'missing', `came:${stepOf(receivedAt)}`].map((what) =>
          key(account, what),
        )
        const keys = [windowKey(account, window), ...own]
        const about = [window, facts.occurred_at, event, origin, receivedAt, JSON.stringify(facts)]
        const args = [...about, WINDOW_KEPT_MS, MAX_EVENTS, 3 * CAME_STEP_MS]
        const [kind, told = ''] = (await markCopy(redis, keys, args)) as [MarkAnswer['kind'], string?]
        return kind === 'late' ? { kind, told: JSON.parse(told) as Missing } : { kind }
      }),
    begin: (account, at) =>
      reachingRedis('begin to compare', async () => void (await redis.set(key(account, 'since'), at, 'NX'))),
    seal: (account, until) =>
      reachingRedis('seal windows', async () => {
        const end = Math.floor(until / windowMs) * windowMs
        const sealed = Number(await redis.get(key(account, 'sealed')))
        if (end > sealed) await redis.set(key(account, 'sealed'), end)
        const open = await redis.zrangebyscore(key(account, 'open'), '-inf', Math.max(end, sealed) - windowMs)
        return open.map(Number)
      }),
    openMarks: (account) =>
      reachingRedis('read open marks', async () => {
        const sealed = Number(await redis.get(key(account, 'sealed')))
        const open = await redis.zrangebyscore(key(account, 'open'), sealed, '+inf')
        const held = await Promise.all(open.map((window) => redis.hvals(windowKey(account, Number(window)))))
        return held.flat().map((mark) => JSON.parse(mark) as Mark)
      }),
    marksOf: (account, window) =>
      reachingRedis('read marks', async () => {
        const held = await redis.hgetall(windowKey(account, window))
        return new Map(Object.entries(held).map(([event, mark]) => [event, JSON.parse(mark) as Mark]))
      }),
    settle: (account, window, missing) =>
      reachingRedis('settle a window', async () => {
        const room = MAX_MISSING - (await redis.hlen(key(account, 'missing')))
        const settled = redis.multi().del(windowKey(account, window)).zrem(key(account, 'open'), String(window))
        for (const [event, told] of [...missing].slice(0, Math.max(0, room))) {
          settled.hset(key(account, 'missing'), event, JSON.stringify(told))
        }
        await settled.pexpire(key(account, 'missing'), MISSING_KEPT_MS).exec()
      }),
    came: (account, now) =>
      reachingRedis('count webhooks', async () => {
        const step = stepOf(now)
        const counts = await redis.mget([step - 1, step].map((each) => key(account, `came:${each}`)))
        return { webhooks: counts.reduce((sum, count) => sum + Number(count), 0), since: (step - 1) * CAME_STEP_MS }
      }),
    found: (account, event) =>
      reachingRedis('take a difference back', async () => void (await redis.hdel(key(account, 'missing'), event))),
  }
}

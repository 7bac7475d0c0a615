import type { Log } from '@millrace/kafka'
import type { Redis } from 'ioredis'
import { askRedis } from './ask-redis.ts'
import { GatewayError } from './errors.ts'
import { type StoredAnswers, storedReplyKey } from './stored-answers.ts'

export interface ReplyDeskOptions {
  readonly answers: StoredAnswers
  /** A connection of its own: one that has subscribed can do nothing else. */
  readonly subscriber: Redis
  /** Name of this process's channel; what publishes replies gets it with each event. */
  readonly channel: string
  readonly maxWaiting: number
  readonly log: Log
  /** Milliseconds between two looks for all who wait. Default 1 000. */
  readonly lookEveryMs?: number
}

/** A caller's place while its answer is being made. */
interface Seat {
  /** Stored answer, if there is one already. @throws GatewayError `MR_GATEWAY_REPLIES_UNAVAILABLE` */
  look(): Promise<Buffer | null>
  /** Resolves with the answer once it is stored; null after `ms` milliseconds or when `signal` aborts. @throws GatewayError `MR_GATEWAY_STOPPING` */
  wait(ms: number, signal: AbortSignal): Promise<Buffer | null>
  leave(): void
}

/**
 * Where synchronous callers wait. The answer is what is stored at `reply:<reply key>`; announcements on the channel and a look each second (the
 * announcement may have gone to another gateway, or to none while Redis was away) only say when to look.
 */
export interface ReplyDesk {
  readonly channel: string
  /** @throws GatewayError `MR_GATEWAY_TOO_MANY_WAITING`, `MR_GATEWAY_STOPPING` */
  take(replyKey: string): Seat
  waiting(): number
  /** Sends everybody away with `MR_GATEWAY_STOPPING`. */
  close(): void
}

interface Waiter {
  readonly key: string
  settle(outcome: Buffer | GatewayError | null): void
}

const LOOK_AT_ONCE = 200

export function createReplyDesk(options: ReplyDeskOptions): ReplyDesk {
  const { answers: stored, subscriber, channel, maxWaiting, log, lookEveryMs = 1_000 } = options
  const waiters = new Map<string, Set<Waiter>>()
  let seats = 0
  let isClosed = false
  let isLooking = false

  const deliver = (key: string, answer: Buffer | null | undefined) => {
    if (answer === null || answer === undefined) return
    for (const waiter of waiters.get(key) ?? []) waiter.settle(answer)
  }

  const lookFor = async (keys: readonly string[]) => {
    const answers = await stored.read(keys)
    for (const [place, key] of keys.entries()) deliver(key, answers[place])
  }

  const lookForAll = async () => {
    if (isLooking || waiters.size === 0) return
    isLooking = true
    try {
      const keys = [...waiters.keys()]
      for (let from = 0; from < keys.length; from += LOOK_AT_ONCE) await lookFor(keys.slice(from, from + LOOK_AT_ONCE))
    } catch (error) {
      log.warn({ error }, 'cannot look for answers, looking again')
    } finally {
      isLooking = false
    }
  }

  const timer = setInterval(() => void lookForAll(), lookEveryMs)
  timer.unref()
  // What is announced is the stored key.
  subscriber.on('message', (_, announced: string) => {
    const key = announced.slice(storedReplyKey('').length)
    if (waiters.has(key)) lookFor([key]).catch(() => {})
  })
  // Also the first time: a Redis that is away at the start must not keep the gateway from starting.
  const subscribe = () =>
    subscriber
      .subscribe(channel)
      .then(lookForAll, (error: unknown) => log.warn({ error }, 'cannot subscribe to answers'))
  subscriber.on('ready', () => void subscribe())
  if (subscriber.status === 'ready') void subscribe()

  const sit = (key: string, settle: Waiter['settle']): Waiter => {
    const waiter: Waiter = { key, settle }
    const others = waiters.get(key)
    if (others === undefined) waiters.set(key, new Set([waiter]))
    else others.add(waiter)
    return waiter
  }

  const stand = (waiter: Waiter) => {
    const others = waiters.get(waiter.key)
    others?.delete(waiter)
    if (others?.size === 0) waiters.delete(waiter.key)
  }

  const newSeat = (key: string): Seat => {
    const { promise, resolve } = Promise.withResolvers<Buffer | GatewayError | null>()
    const waiter = sit(key, resolve)
    let isTaken = true
    seats++
    return {
      look: async () => (await askRedis(() => stored.read([key])))[0] ?? null,
      async wait(ms, signal) {
        const giveUp = () => resolve(null)
        const late = setTimeout(giveUp, Math.max(0, ms))
        signal.addEventListener('abort', giveUp, { once: true })
        if (signal.aborted) giveUp()
        try {
          const outcome = await promise
          if (outcome instanceof GatewayError) throw outcome
          return outcome
        } finally {
          clearTimeout(late)
          signal.removeEventListener('abort', giveUp)
        }
      },
      leave() {
        if (!isTaken) return
        isTaken = false
        seats--
        stand(waiter)
      },
    }
  }

  return {
    channel,
    take(replyKey) {
      if (isClosed) throw stopping()
      if (seats >= maxWaiting) throw new GatewayError('MR_GATEWAY_TOO_MANY_WAITING', { retryAfterSeconds: 5 })
      return newSeat(replyKey)
    },
    waiting: () => seats,
    close() {
      isClosed = true
      clearInterval(timer)
      for (const set of waiters.values()) for (const waiter of set) waiter.settle(stopping())
    },
  }
}

function stopping(): GatewayError {
  return new GatewayError('MR_GATEWAY_STOPPING', { retryAfterSeconds: 1 })
}

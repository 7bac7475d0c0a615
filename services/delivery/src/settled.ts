import { type Log, transient } from '@millrace/kafka'
import type { Attempt } from '@millrace/schemas'
import type { Redis } from 'ioredis'
import { runName } from './delivery-run.ts'

/** What is known of the delivery that must come before. */
export type Standing =
  /** Delivered, dead or cancelled. */
  | { readonly kind: 'settled' }
  /** Waits for its own time. */
  | { readonly kind: 'waits'; readonly dueAt: number }
  /** Here, in hand. */
  | { readonly kind: 'in-hand' }
  | { readonly kind: 'unknown' }

/** Which deliveries of ordered endpoints are settled: a set of names (`runName`), in Redis, that can be read back from the attempts. */
export interface Settled {
  /** Notes that a delivery is in hand, until the returned function is called. */
  hold(id: string): () => void
  /** @throws KafkaError `MR_KAFKA_TRANSIENT` when Redis does not answer, as the others do */
  ask(tenant: string, id: string): Promise<Standing>
  settle(tenant: string, id: string): Promise<void>
  waits(tenant: string, id: string, dueAt: number): Promise<void>
  /** Resolves when what is in hand here and called so has been let go, or after `ms`. */
  letGo(id: string, ms: number): Promise<void>
  /** Reads the attempts, where Redis does not know of a delivery for long: it may have lost what it knew. Rarely, whoever asks. */
  readBack(): Promise<void>
}

export interface SettledOptions {
  readonly redis: Pick<Redis, 'get' | 'set' | 'pipeline'>
  /** Longer than any delivery lives, milliseconds. */
  readonly keptMs: number
  /** The attempts of the last 72 hours, in order. */
  readonly attempts: () => AsyncIterable<
    Pick<Attempt, 'tenant' | 'delivery_id' | 'run_id' | 'outcome' | 'next_attempt_at'>
  >
  readonly log: Log
  readonly readBackEveryMs?: number
}

const MOST_KEPT = 10_000
const READ_BACK_EVERY_MS = 60_000
const settledKey = (tenant: string, id: string) => `delivery:settled:${tenant}/${id}`
const SETTLED = 'settled'

export function createSettled(options: SettledOptions): Settled {
  const { redis, keptMs, log, readBackEveryMs = READ_BACK_EVERY_MS } = options
  const recent = new Set<string>()
  const inHand = new Map<string, PromiseWithResolvers<void>>()
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const remember = (id: string) => {
    recent.delete(id)
    recent.add(id)
    const [oldest] = recent
    if (recent.size > MOST_KEPT && oldest !== undefined) recent.delete(oldest)
  }

  const readAll = async () => {
    let count = 0
    let pipeline = redis.pipeline()
    for await (const { tenant, outcome, next_attempt_at, ...delivery } of options.attempts()) {
      const key = settledKey(tenant, runName(delivery))
      // What is known by now is newer.
      if (outcome === 'retrying') pipeline.set(key, next_attempt_at ?? 0, 'PX', keptMs, 'NX')
      else if (outcome !== 'unknown') pipeline.set(key, SETTLED, 'PX', keptMs)
      if (++count % 1_000 !== 0) continue
      await pipeline.exec()
      pipeline = redis.pipeline()
    }
    await pipeline.exec()
    readAt = Date.now()
    log.info({ count }, 'what is settled was read back from the attempts')
  }

  return {
    hold(id) {
      const held = Promise.withResolvers<void>()
      inHand.set(id, held)
      return () => {
        if (inHand.get(id) === held) inHand.delete(id)
        held.resolve()
      }
    },
    async ask(tenant, id) {
      if (recent.has(id)) return { kind: 'settled' }
      if (inHand.has(id)) return { kind: 'in-hand' }
      const known = await reaching(() => redis.get(settledKey(tenant, id)))
      if (known === null) return { kind: 'unknown' }
      if (known !== SETTLED) return { kind: 'waits', dueAt: Number(known) }
      remember(id)
      return { kind: 'settled' }
    },
    async settle(tenant, id) {
      await reaching(() => redis.set(settledKey(tenant, id), SETTLED, 'PX', keptMs))
      remember(id)
    },
    async waits(tenant, id, dueAt) {
      await reaching(() => redis.set(settledKey(tenant, id), Math.round(dueAt), 'PX', keptMs))
    },
    async letGo(id, ms) {
      const held = inHand.get(id)
      if (held === undefined) return
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms)
      })
      await Promise.race([held.promise, late])
      clearTimeout(timer)
    },
    async readBack() {
      if (Date.now() - readAt < readBackEveryMs) return
      reading ??= reaching(readAll).finally(() => {
        reading = undefined
      })
      await reading
    },
  }
}

async function reaching<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw transient(`Redis: ${(cause as Error).message}`, { cause })
  }
}

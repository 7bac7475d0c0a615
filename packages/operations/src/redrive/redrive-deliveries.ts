import { setTimeout as sleep } from 'node:timers/promises'
import { topicKey } from '@millrace/domain'
import type { Kafka, RawRecord } from '@millrace/kafka'
import { type Delivery, type Endpoint, type EndpointState, type Topic, topics } from '@millrace/schemas'
import { conditionOf } from '../endpoints/endpoint-condition.ts'
import { type DeadDelivery, readDeadRecords } from './dead-deliveries.ts'
import { markRedriven, ownHeaders, REDRIVEN_HEADER } from './dead-letters.ts'

export interface RedrivePace {
  /** In all, a second. */
  readonly rate: number
  /** To one endpoint, a minute; undefined: half of what it takes. */
  readonly perEndpoint?: number | undefined
  readonly signal: AbortSignal
  /** Called before each; holds the redrive back until it resolves. */
  readonly mayGo?: (() => Promise<void>) | undefined
  readonly onProgress: (done: number) => void | Promise<void>
}

/** What an endpoint takes a minute where it says nothing else. */
const PER_MINUTE = 100
/** Records in memory at most, so that the turn of one endpoint need not wait for another's. */
const MAX_HELD = 1_000
const MAX_HELD_BYTES = 64 * 1_048_576

interface Held {
  readonly topic: Topic<Buffer>
  readonly record: RawRecord
  readonly delivery: Delivery
}

/** How long a redrive takes at least, and what keeps it from being faster. */
export interface RedriveEstimate {
  readonly ms: number
  readonly brake: '--rate' | '--per-endpoint'
  /** The endpoint that takes longest, and what it gets a minute. */
  readonly slowest: { readonly endpointId: string; readonly perMinute: number } | undefined
}

/** @param wanted what is to be put back */
export function estimateRedrive(
  wanted: Iterable<DeadDelivery>,
  endpoints: ReadonlyMap<string, Endpoint>,
  { rate, perEndpoint }: Pick<RedrivePace, 'rate' | 'perEndpoint'>,
): RedriveEstimate {
  const counts = new Map<string, { readonly endpointId: string; readonly perMinute: number; count: number }>()
  let all = 0
  for (const { tenant, endpointId } of wanted) {
    const key = topicKey(tenant, endpointId)
    const found = counts.get(key) ?? { endpointId, perMinute: perMinuteOf(endpoints.get(key), perEndpoint), count: 0 }
    found.count++
    all++
    counts.set(key, found)
  }
  const msOf = ({ count, perMinute }: { count: number; perMinute: number }) => ((count - 1) * 60_000) / perMinute
  const [slowest] = [...counts.values()].sort((a, b) => msOf(b) - msOf(a))
  const byRate = (Math.max(0, all - 1) * 1_000) / rate
  const byEndpoint = slowest === undefined ? 0 : msOf(slowest)
  return { ms: Math.max(byRate, byEndpoint), brake: byEndpoint > byRate ? '--per-endpoint' : '--rate', slowest }
}

/** Half of what it takes, where nothing else is said. */
function perMinuteOf(endpoint: Endpoint | undefined, perEndpoint: number | undefined): number {
  return perEndpoint ?? Math.max(1, (endpoint?.max_per_minute || PER_MINUTE) / 2)
}

/** Why a delivery cannot be put back, in words; undefined when it can. */
export function obstacleOf(
  dead: DeadDelivery,
  endpoints: ReadonlyMap<string, Endpoint>,
  states: ReadonlyMap<string, EndpointState>,
): string | undefined {
  const key = topicKey(dead.tenant, dead.endpointId)
  const endpoint = endpoints.get(key)
  if (endpoint === undefined) return 'its endpoint is gone'
  if (!endpoint.is_enabled) return 'its endpoint is disabled'
  const { state } = conditionOf(endpoint, states, Date.now())
  if (state === 'enabled') return undefined
  const reason = states.get(key)?.disabled_reason ?? ''
  return `its endpoint was disabled (${reason}): millrace endpoints enable ends that`
}

/**
 * Puts dead deliveries back into the line: the same id, body and headers, tries and deadline anew. Each is marked as put back in its dead-letter topic
 * once it is, so that no other redrive takes it again; what dies in between is put back twice at most, and receivers know it by its `webhook-id`.
 *
 * An endpoint gets at most half of what it takes a minute, so that live deliveries, which share its limits, find room beside.
 * @returns how many; fewer than wanted only when the signal aborted
 */
export async function redriveDeliveries(
  kafka: Kafka,
  wanted: ReadonlyMap<string, DeadDelivery>,
  endpoints: ReadonlyMap<string, Endpoint>,
  { rate, perEndpoint, signal, mayGo, onProgress }: RedrivePace,
): Promise<number> {
  const queues = new Map<string, { nextAt: number; readonly everyMs: number; readonly waiting: Held[] }>()
  const source = readDeadRecords(kafka, wanted, signal)
  let [held, heldBytes, done, isRead] = [0, 0, 0, false]

  const readMore = async () => {
    while (!isRead && held < MAX_HELD && heldBytes < MAX_HELD_BYTES) {
      const next = await source.next()
      if (next.done) {
        isRead = true
        return
      }
      const { dead, ...found } = next.value
      const key = topicKey(dead.tenant, dead.endpointId)
      const perMinute = perMinuteOf(endpoints.get(key), perEndpoint)
      const queue = queues.get(key) ?? { nextAt: 0, everyMs: 60_000 / perMinute, waiting: [] }
      queue.waiting.push(found)
      queues.set(key, queue)
      held++
      heldBytes += dead.size
    }
  }

  try {
    for (let nextAt = Date.now(); !signal.aborted; nextAt = Math.max(Date.now(), nextAt + 1_000 / rate)) {
      await readMore()
      const ready = [...queues.values()].filter(({ waiting }) => waiting.length > 0)
      if (ready.length === 0) break
      const queue = ready.reduce((first, other) => (other.nextAt < first.nextAt ? other : first))
      await sleep(Math.max(0, Math.max(nextAt, queue.nextAt) - Date.now()), undefined, { signal }).catch(() => {})
      await mayGo?.()
      if (signal.aborted) break
      const next = queue.waiting.shift()
      if (next === undefined) continue
      held--
      heldBytes -= next.record.value?.length ?? 0
      queue.nextAt = Date.now() + queue.everyMs
      await putBack(kafka, next)
      await onProgress(++done)
    }
  } catch (error) {
    // Reading that Ctrl-C ended is no failure.
    if (!signal.aborted) throw error
  } finally {
    await source.return(undefined).catch(() => {})
  }
  return done
}

async function putBack(kafka: Kafka, { topic, record, delivery }: Held): Promise<void> {
  const again: Delivery = {
    ...delivery,
    attempts: 0,
    requested_at: Date.now(),
    first_requested_at: delivery.first_requested_at || delivery.requested_at,
    not_before: 0,
    due_at: 0,
    waiting_for: '',
  }
  const key = topicKey(delivery.tenant, delivery.endpoint_id)
  await kafka.send(topics.requested, key, again, {
    headers: { ...ownHeaders(record), [REDRIVEN_HEADER]: record.id },
  })
  await markRedriven(kafka, topic, record)
}

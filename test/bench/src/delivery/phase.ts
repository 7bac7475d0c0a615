import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { newDelivery, topicKey } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { type Delivery, type Endpoint, topics } from '@millrace/schemas'
import type { ServerUnderTest } from '../gateway/server-process.ts'
import type { Receivers } from './receivers.ts'

export interface PhaseOptions {
  readonly kafka: Kafka
  readonly service: ServerUnderTest
  readonly receivers: Receivers
  /** Deliveries a second, in turn to these. */
  readonly rate: number
  readonly seconds: number
  readonly endpoints: readonly Endpoint[]
  /** Whose latencies count. */
  readonly isCounted: (endpoint: Endpoint) => boolean
  onProgress(text: string): void
}

/** What one stretch of load came to. */
export interface Phase {
  /** Milliseconds from the request to the first attempt's arrival. */
  readonly latencies: readonly number[]
  /** Counted deliveries that did not arrive within `ARRIVE_WITHIN_MS` of the last request. */
  readonly missing: number
  /** Requests that the bench's own producer could not write in time: the broker does not hold this rate. */
  readonly refused: number
  /** CPU milliseconds of the service for one delivery. */
  readonly cpuMs: number
  readonly cores: number
  /** Megabytes of the service at the end. */
  readonly rssMb: number
}

const TICK_MS = 5
const ARRIVE_WITHIN_MS = 10_000
const BODY = Buffer.from(JSON.stringify({ conversation_id: 'cnv_1', data: { content: 'x'.repeat(800) }, timestamp: 1 }))

/** Requests deliveries by the clock, whatever becomes of the earlier ones, as the requesting transform would. */
export async function runPhase(options: PhaseOptions): Promise<Phase> {
  const { kafka, service, receivers, rate, seconds, endpoints, isCounted } = options
  const requested = new Map<string, number>()
  const sending: Promise<unknown>[] = []
  let refused = 0
  receivers.arrivals.clear()
  const before = service.usage()
  const began = performance.now()
  const count = Math.round(rate * seconds)
  for (let sent = 0; sent < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - began) / 1_000) * rate))
    for (; sent < due; sent++) {
      const endpoint = endpoints[sent % endpoints.length]
      if (endpoint === undefined) throw new Error('no endpoints')
      const delivery = deliveryTo(endpoint)
      if (isCounted(endpoint)) requested.set(delivery.delivery_id, delivery.requested_at)
      const key = topicKey(endpoint.tenant, endpoint.endpoint_id)
      const written = kafka.send(topics.requested, key, delivery).catch(() => {
        refused++
        requested.delete(delivery.delivery_id)
      })
      sending.push(written)
    }
    options.onProgress(`${receivers.arrivals.size} of ${sent} arrived`)
    await delay(TICK_MS)
  }
  await Promise.all(sending)
  const took = (performance.now() - began) / 1_000
  const end = performance.now() + ARRIVE_WITHIN_MS
  const isMissing = () => [...requested.keys()].some((id) => !receivers.arrivals.has(id))
  while (isMissing() && performance.now() < end) await delay(100)
  const after = service.usage()
  const latencies = [...requested].flatMap(([id, at]) => {
    const arrived = receivers.arrivals.get(id)
    return arrived === undefined ? [] : [arrived - at]
  })
  const cpu = after.cpu - before.cpu
  return {
    latencies,
    missing: requested.size - latencies.length,
    refused,
    cpuMs: (cpu * 1_000) / count,
    cores: cpu / took,
    rssMb: Math.round(after.rss / 1e6),
  }
}

function deliveryTo({ tenant, endpoint_id }: Endpoint): Delivery {
  const about = { event_id: 'evt_1', event_type: 'message.received', conversation_id: 'cnv_1' }
  return newDelivery({ tenant, endpoint_id, delivery_id: `msg_${randomUUID()}`, ...about, body: BODY }, Date.now())
}

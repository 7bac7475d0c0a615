import type { Kafka, RawRecord } from '@millrace/kafka'
import { type Delivery, deadLetterTopic, retryTiers, type Topic, topics } from '@millrace/schemas'
import { OperationsError } from '../errors.ts'
import { readDeadTopic, redrivenBy, SENDERS } from './dead-letters.ts'

/** A delivery that lies dead, without its body. */
export interface DeadDelivery {
  readonly tenant: string
  readonly deliveryId: string
  readonly endpointId: string
  readonly eventId: string
  readonly eventType: string
  readonly conversationId: string | null
  /** Why, as a code and in words. */
  readonly code: string
  readonly reason: string
  /** That were made before it was given up. */
  readonly tries: number
  /** Epoch milliseconds: when it was given up, and when it was requested first. */
  readonly at: number
  readonly requestedAt: number
  /** Where its record is. */
  readonly position: string
  readonly size: number
}

export interface DeadFilter {
  readonly tenant?: string | undefined
  readonly endpoint?: string | undefined
  readonly code?: string | undefined
  /** Exactly, or `prefix.*`. */
  readonly type?: string | undefined
  readonly conversation?: string | undefined
  readonly ids?: readonly string[] | undefined
  readonly eventId?: string | undefined
  /** Of the dead letter. */
  readonly positions?: readonly string[] | undefined
  /** Epoch milliseconds, of when it was given up. */
  readonly since?: number | undefined
  readonly until?: number | undefined
}

/** About 300 bytes each. */
const MAX_DEAD = 200_000

/** The dead-letter topics of deliveries. */
export function deadTopics(): readonly Topic<Buffer>[] {
  return [topics.requested, ...retryTiers.map(({ topic }) => topic)].map((topic) => deadLetterTopic(topic, SENDERS))
}

/**
 * Deliveries that lie dead and fit the filter, by when they were given up: of each only its last death, and none that was put back since.
 * @throws OperationsError `MR_OPERATIONS_TOO_MANY` when they are more than 200,000
 */
export async function readDead(kafka: Kafka, filter: DeadFilter, signal: AbortSignal): Promise<DeadDelivery[]> {
  const redriven = new Set<string>()
  const dead = new Map<string, DeadDelivery>()
  for (const topic of deadTopics()) {
    for await (const record of readDeadTopic(kafka, topic, signal)) {
      const mark = redrivenBy(record)
      if (mark !== undefined) {
        redriven.add(mark)
        continue
      }
      const found = deadOf(kafka, record)
      if (found === undefined || !fits(found, filter)) continue
      const key = `${found.tenant}/${found.deliveryId}`
      if ((dead.get(key)?.at ?? Number.NEGATIVE_INFINITY) <= found.at) dead.set(key, found)
      if (dead.size > MAX_DEAD)
        throw new OperationsError(
          'MR_OPERATIONS_TOO_MANY',
          `more than ${MAX_DEAD} dead deliveries fit: narrow them down by time or endpoint`,
        )
    }
  }
  return [...dead.values()].filter(({ position }) => !redriven.has(position)).sort((a, b) => a.at - b.at)
}

/** The dead letters of these positions with their records, in the order of their topics. */
export async function* readDeadRecords(
  kafka: Kafka,
  wanted: ReadonlyMap<string, DeadDelivery>,
  signal: AbortSignal,
): AsyncGenerator<{
  readonly dead: DeadDelivery
  readonly topic: Topic<Buffer>
  readonly record: RawRecord
  readonly delivery: Delivery
}> {
  for (const topic of deadTopics()) {
    for await (const record of readDeadTopic(kafka, topic, signal)) {
      const dead = wanted.get(record.id)
      const delivery = dead === undefined ? null : kafka.decode(topics.requested, record)
      if (dead !== undefined && delivery !== null) yield { dead, topic, record, delivery }
    }
  }
}

/** Died of these without another try. */
const untried = new Set(['MR_DELIVERY_EXPIRED', 'MR_DELIVERY_ENDPOINT_DISABLED', 'MR_DELIVERY_PREVIEW_UNREADABLE'])

function deadOf(kafka: Kafka, record: RawRecord): DeadDelivery | undefined {
  try {
    const delivery = kafka.decode(topics.requested, record)
    if (delivery === null) return undefined
    const code = String(record.headers.get('x-error-code') ?? '')
    return {
      tenant: delivery.tenant,
      deliveryId: delivery.delivery_id,
      endpointId: delivery.endpoint_id,
      eventId: delivery.event_id,
      eventType: delivery.event_type,
      conversationId: delivery.conversation_id,
      code,
      tries: delivery.attempts + (untried.has(code) ? 0 : 1),
      reason: String(record.headers.get('kafka_dlt-exception-message') ?? ''),
      at: record.timestamp,
      requestedAt: delivery.first_requested_at || delivery.requested_at,
      position: record.id,
      size: record.value?.length ?? 0,
    }
  } catch {
    // What cannot be decoded is no delivery that could be made again.
    return undefined
  }
}

/** Whether an event type is this one, or begins as `prefix*` says. */
export function fitsType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted
}

function fits(dead: DeadDelivery, filter: DeadFilter): boolean {
  const { tenant, endpoint, code, type, conversation, ids, eventId, positions, since, until } = filter
  return (
    (tenant === undefined || dead.tenant === tenant) &&
    (endpoint === undefined || dead.endpointId === endpoint) &&
    (code === undefined || dead.code === code || dead.reason.includes(code)) &&
    (type === undefined || fitsType(dead.eventType, type)) &&
    (conversation === undefined || dead.conversationId === conversation) &&
    (ids === undefined || ids.length === 0 || ids.includes(dead.deliveryId)) &&
    (eventId === undefined || dead.eventId === eventId) &&
    (positions === undefined || positions.includes(dead.position)) &&
    (since === undefined || dead.at >= since) &&
    (until === undefined || dead.at < until)
  )
}

import { setTimeout as sleep } from 'node:timers/promises'
import {
  asText,
  at,
  matchesEventType,
  messageTypes,
  processedPayload,
  type ReadEvent,
  readEvent,
  toldMessage,
} from '@millrace/domain'
import {
  createStateGuard,
  type InRecord,
  type Kafka,
  type Log,
  type OutRecord,
  type RunningTransform,
  type Table,
  type TransformBatch,
  type TransformResult,
  transient,
} from '@millrace/kafka'
import { type ConversationSnapshot, type Endpoint, type Topic, topics, type WebhookEvent } from '@millrace/schemas'
import type { Redis } from 'ioredis'
import type { EndpointDirectory } from './endpoint-directory.ts'
import type { NumberDeliveries } from './number-deliveries.ts'
import { createProcessedState, KEPT_MS, type MetMessage, messageKey, type ProcessedState } from './processed-state.ts'
import { deliveriesOf, REQUEST_GROUP } from './request-deliveries.ts'

export interface ProcessedParts {
  readonly kafka: Kafka
  readonly redis: Pick<Redis, 'evalsha' | 'eval' | 'hmget' | 'hset' | 'pexpire'>
  readonly log: Log
  readonly clusterId: string
  readonly table: Table<Endpoint>
  readonly endpoints: EndpointDirectory
  /** Of the group `delivery-processed`. */
  readonly number: NumberDeliveries
}

/** What the group reads; values are told apart by the topic. */
const sources = [topics.events, topics.snapshots] as unknown as readonly Topic<WebhookEvent | ConversationSnapshot>[]

export const PROCESSED_GROUP = 'delivery-processed'
const PROCESSED = 'message.processed'
const created = new Set(['message.received', 'message.sent'])

/**
 * PROCESSED of the message contract, once for each message whose event came through here: when the first snapshot that reflects the event is written. The two
 * meet in Redis, whichever comes first; and only after the event's RECEIVED was requested, which another group does so that it needs no Redis.
 */
export function startProcessed(parts: ProcessedParts): RunningTransform<WebhookEvent | ConversationSnapshot> {
  const { kafka, redis, log, endpoints } = parts
  const state = createProcessedState(redis, kafka.cipher)
  const stopping = new AbortController()
  const watched = (topic: string, partition: number) => `${topic}-${partition}`
  const guard = createStateGuard({
    redis: redis as Redis,
    prefix: `delivery:processed:${parts.clusterId}:`,
    rebuild: async () => {
      log.warn({ group: PROCESSED_GROUP }, 'Redis lacks which messages are processed, reading it back')
      await transform.fenceAll()
      await readBack(kafka, state, stopping.signal)
    },
    isEmpty: async () => {
      const ends = await Promise.all(sources.map((topic) => kafka.ends(topic)))
      return ends.every((end) => [...end.values()].every((offset) => offset === 0n))
    },
    committed: async () => {
      const each = sources.map(async (topic) => {
        const [committed, starts] = await Promise.all([kafka.committed(PROCESSED_GROUP, topic), kafka.starts(topic)])
        return Array.from(
          starts,
          ([partition, start]) => [watched(topic.name, partition), committed.get(partition) ?? start] as const,
        )
      })
      return new Map((await Promise.all(each)).flat())
    },
    onRebuildFailed: (error) => {
      if (!stopping.signal.aborted)
        log.error({ group: PROCESSED_GROUP, error }, 'reading back what is processed failed, will be tried again')
    },
  })

  const apply = async (batch: TransformBatch<WebhookEvent | ConversationSnapshot>): Promise<TransformResult> => {
    const name = watched(batch.topic, batch.partition)
    const filling = await guard.check(name, batch.committed, batch.signal)
    const requested = createRequested(kafka, batch.signal)
    const met = new Map<bigint, OutRecord<unknown>[]>()
    const ofKey = async (records: readonly InRecord<WebhookEvent | ConversationSnapshot>[]) => {
      for (const record of records) {
        const events = await meet(record, { state, endpoints, requested })
        met.set(
          record.offset,
          events.flatMap((event) => deliveriesOf(event, { cause: record, endpoints, now: Date.now() })),
        )
      }
    }
    await Promise.all(Array.from(Map.groupBy(batch.records, ({ key }) => key).values(), ofKey))
    const outputs = batch.records.flatMap(({ offset }) => met.get(offset) ?? [])
    await guard.advance(name, (batch.records.at(-1)?.offset ?? -1n) + 1n, filling)
    return { outputs: await parts.number(batch, outputs) }
  }

  const transform = kafka.transform<WebhookEvent | ConversationSnapshot>({
    group: PROCESSED_GROUP,
    from: sources,
    tables: [parts.table],
    maxBatch: 100,
    apply,
    beforeSkip: async ({ topic, partition, committed, next }) => {
      const name = watched(topic, partition)
      await guard.advance(name, next, await guard.check(name, committed, stopping.signal))
    },
  })
  return {
    ...transform,
    close: (deadlineMs) => {
      stopping.abort()
      return transform.close(deadlineMs)
    },
  }
}

interface Meeting {
  readonly state: ProcessedState
  readonly endpoints: Pick<EndpointDirectory, 'about'>
  /** @throws KafkaError `MR_KAFKA_TRANSIENT` while RECEIVED of the event at this position has not been requested */
  requested(position: string): Promise<void>
}

function meet(record: InRecord<WebhookEvent | ConversationSnapshot>, meeting: Meeting): Promise<WebhookEvent[]> {
  return record.topic === topics.events.name
    ? ofEvent(record as InRecord<WebhookEvent>, meeting)
    : ofSnapshot(record as InRecord<ConversationSnapshot>, meeting)
}

/** The events "message processed" that follow from an event: one, when a snapshot already reflects it. */
async function ofEvent(
  record: InRecord<WebhookEvent>,
  { state, endpoints, requested }: Meeting,
): Promise<WebhookEvent[]> {
  const event = record.value
  if (event === null || event.conversation_id === null || !created.has(event.type)) return []
  if (!isWanted(endpoints.about(event))) return []
  const { tenant, conversation_id } = event
  const met = metMessage(event, readEvent(event), record.id)
  if (met === undefined) return []
  // RECEIVED before PROCESSED, also for what is claimed at once.
  await requested(record.id)
  const [reflectedAt] = await state.meetEvents(messageKey({ tenant, conversation_id }), [met])
  return reflectedAt === undefined ? [] : [{ ...event, type: PROCESSED, occurred_at: reflectedAt }]
}

/** Those that follow from a snapshot: of each message event that it reflects and none before it did. */
async function ofSnapshot(
  record: InRecord<ConversationSnapshot>,
  { state, endpoints, requested }: Meeting,
): Promise<WebhookEvent[]> {
  const snapshot = record.value
  if (snapshot === null || snapshot.caused_by.length === 0 || !isWanted(endpoints.about(snapshot))) return []
  const key = messageKey(snapshot)
  const ids = snapshot.caused_by
  for (const { position } of await state.known(key, record.id, ids)) await requested(position)
  const claimed = await state.meetSnapshot(key, record.id, snapshot.as_of, ids)
  return claimed.map((message) => processedEvent(snapshot, message))
}

function processedEvent(
  snapshot: ConversationSnapshot,
  { message_id, source_type, told, event }: MetMessage,
): WebhookEvent {
  const { event_id } = event
  return {
    ...event,
    type: PROCESSED,
    provider_type: '',
    occurred_at: snapshot.as_of,
    client_id: null,
    reply_to: null,
    content_type: 'application/json',
    payload: processedPayload(snapshot, { event_id, message_id, source_type, told }),
  }
}

/** Undefined when the event names no message. */
function metMessage(event: WebhookEvent, read: ReadEvent, position: string): MetMessage | undefined {
  const { id } = read.message
  if (id === null) return undefined
  const source_type = asText(at(read.body.event, 'source', '_meta', 'type'))
  return { message_id: id, source_type, position, event: kept(event), told: toldMessage(read) }
}

function kept(event: WebhookEvent): MetMessage['event'] {
  const { event_id, identity, tenant, account, provider, source, origin, priority, completeness } = event
  const { received_at, webhook_id, conversation_id, contact_id, received_position } = event
  const first = { event_id, identity, tenant, account, provider, source, origin, priority, completeness }
  return { ...first, received_at, webhook_id, conversation_id, contact_id, received_position }
}

/** Nothing is kept for a tenant of whom nobody gets it. */
function isWanted(endpoints: Iterable<Endpoint>): boolean {
  for (const { event_types } of endpoints)
    if ((event_types.length === 0 ? messageTypes : event_types).some((type) => matchesEventType(type, PROCESSED)))
      return true
  return false
}

const LOOK_EVERY_MS = 50
const LOOK_FOR_MS = 5_000

/** Waits, for the events of one batch, until their RECEIVED was requested: most often it was, and one question of Kafka tells so for all of them. */
function createRequested(kafka: Pick<Kafka, 'committed'>, signal: AbortSignal): (position: string) => Promise<void> {
  let committed: ReadonlyMap<number, bigint> = new Map()
  return async (position) => {
    const [offset = '0', partition = '0'] = position.split('-').toReversed()
    const isRequested = () => (committed.get(Number(partition)) ?? 0n) > BigInt(offset)
    for (let waitedMs = 0; !isRequested(); waitedMs += LOOK_EVERY_MS) {
      if (waitedMs >= LOOK_FOR_MS) throw transient(`the event at ${position} has not been requested yet`)
      if (waitedMs > 0) await sleep(LOOK_EVERY_MS, undefined, { signal })
      committed = await kafka.committed(REQUEST_GROUP, topics.events)
    }
  }
}

/** Fills an empty Redis: the messages of the last days, then which of them are processed. A message whose end is found first is found processed then. */
async function readBack(kafka: Kafka, state: ProcessedState, signal: AbortSignal): Promise<void> {
  const since = Date.now() - KEPT_MS
  for await (const raw of kafka.read(topics.requested, { untilEnd: true, signal })) {
    const delivery = raw.timestamp < since ? null : kafka.decode(topics.requested, raw)
    if (delivery?.event_type !== PROCESSED || delivery.conversation_id === null) continue
    const { tenant, conversation_id } = delivery
    await state.done(messageKey({ tenant, conversation_id }), [delivery.event_id])
  }
  for await (const raw of kafka.read(topics.events, { untilEnd: true, signal })) {
    const event = raw.timestamp < since ? null : kafka.decode(topics.events, raw)
    if (event === null || event.conversation_id === null || !created.has(event.type)) continue
    const met = metMessage(event, readEvent(event), raw.id)
    const { tenant, conversation_id } = event
    if (met !== undefined) await state.meetEvents(messageKey({ tenant, conversation_id }), [met])
  }
  signal.throwIfAborted()
}

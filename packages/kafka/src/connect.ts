import { singleObject } from '@millrace/schemas'
import { backoffMs, pauseFor } from './backoff.ts'
import { startConsume, type VerbContext } from './consume.ts'
import { internalTopicsOf } from './durability.ts'
import { ensureTopics } from './ensure-topics.ts'
import { kafkajsPort } from './kafkajs/adapter.ts'
import { keptOf } from './kept.ts'
import { createEncodedSend, type EncodedSend } from './keyed-send.ts'
import type { KafkaPort, WireRecord } from './port.ts'
import { readTopic, readTopics } from './read.ts'
import { createRecordMapper } from './records.ts'
import { replicationOf } from './replication.ts'
import { createSender } from './send.ts'
import { startTable } from './table.ts'
import { count, hasTraces, observeQueue, timed, traced, withTrace } from './telemetry.ts'
import { startTransform } from './transform.ts'
import type { Kafka, KafkaOptions, Position, Sent } from './types.ts'

/** The gateway promises its answer within 2 s (DESIGN §6); a record not acknowledged by then is refused. */
const SEND_TIMEOUT_MS = 1_800
const MAX_QUEUE_BYTES = 64 * 1_048_576
const MAX_QUEUE_RECORDS = 20_000
/** Of the time that a caller waits: what is taken then still has a good chance to be written in time. */
const WAIT_SHARE = 1 / 3
const PARTITIONS_FRESH_MS = 300_000

/** Everything Kafka, by way of kafkajs. Connects lazily; a broker that is away is waited for, never an error at start. */
export function connectKafka(options: KafkaOptions): Kafka {
  return kafkaOver(kafkajsPort(options), options)
}

/** The verbs over any adapter of the port. */
export function kafkaOver(port: KafkaPort, options: KafkaOptions): Kafka {
  const prefix = options.prefix ?? ''
  const { log, sendWithinMs = SEND_TIMEOUT_MS } = options
  const mapper = createRecordMapper(options.wire ?? singleObject, prefix, options.cipher)
  const admin = port.admin()
  const sender = createSender(port, admin, {
    timeoutMs: sendWithinMs,
    maxQueueBytes: MAX_QUEUE_BYTES,
    maxQueueRecords: MAX_QUEUE_RECORDS,
    maxWaitMs: sendWithinMs * WAIT_SHARE,
    log,
  })
  const append: EncodedSend =
    options.cipher === undefined
      ? (topic, key, value, headers, signal) =>
          sender.send(mapper.encode(topic, key, value, headers) as WireRecord, signal)
      : createEncodedSend(mapper, sender, { timeoutMs: sendWithinMs, maxWaiting: MAX_QUEUE_RECORDS })
  let endQueue: (() => void) | undefined
  const open = new Set<{ close(deadlineMs?: number): Promise<void> }>()
  const closing = new AbortController()
  const counts = new Map<string, { at: number; partitions: number }>()
  const asked = new Map<string, Promise<number>>()

  const askPartitions = async (topic: string): Promise<number> => {
    const leaders = await admin.leaders(topic)
    if (leaders === undefined)
      throw Object.assign(new Error(`topic ${topic} does not exist`), { retryable: true, code: 'MR_KAFKA_UNAVAILABLE' })
    counts.set(topic, { at: Date.now(), partitions: leaders.size })
    return leaders.size
  }

  /** Each output of a batch asks, and all partitions at once: one question for each would stop a slow broker from answering any. */
  const partitionsOf = async (topic: string): Promise<number> => {
    const known = counts.get(topic)
    if (known !== undefined && Date.now() - known.at < PARTITIONS_FRESH_MS) return known.partitions
    const asking = asked.get(topic) ?? askPartitions(topic).finally(() => asked.delete(topic))
    asked.set(topic, asking)
    return await asking
  }

  const ends = async (topics: readonly string[], signal?: AbortSignal) => {
    const stopping = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal])
    for (let attempt = 1; ; attempt++) {
      try {
        const bounds = await Promise.all(topics.map(async (topic) => [topic, await admin.bounds(topic)] as const))
        // A partition whose records are all gone has nothing to be read up to.
        return new Map(
          bounds.flatMap(([topic, found]) =>
            Array.from(
              found,
              ([partition, { low, high }]) => [`${topic}-${partition}`, low === high ? 0n : high] as const,
            ),
          ),
        )
      } catch (error) {
        if (stopping.aborted) throw error
        log.debug({ topics, attempt, error: (error as Error).message }, 'ends of topics not known yet')
        await pauseFor(backoffMs(attempt, 100, 2_000), stopping)
      }
    }
  }

  const verbs: VerbContext = {
    port,
    mapper,
    prefix,
    log,
    isSealed: options.cipher !== undefined,
    ends,
    offsetsAt: admin.offsetsAt,
    write: async (record) => {
      await sender.send(record)
    },
    fatal: (error) => {
      log.error({ error: error.message }, 'Kafka client stopped for good')
      options.onFatal?.(error)
    },
  }

  const opened = <T extends { close(deadlineMs?: number): Promise<void> }>(thing: T): T => {
    open.add(thing)
    return thing
  }

  let closed: Promise<void> | undefined
  const close = async (deadlineMs: number) => {
    await Promise.all(Array.from(open, (thing) => thing.close(deadlineMs)))
    closing.abort()
    endQueue?.()
    await sender.close(deadlineMs)
    await admin.close()
  }

  /** What `send` does in a span, where nobody would see the span. */
  const sendUntraced: Kafka['send'] = (topic, key, value, { headers, signal } = {}) => {
    const started = performance.now()
    const sent = (place: Awaited<ReturnType<EncodedSend>>) => {
      if (place === undefined) return erased(topic.name)
      count.sent(topic.name)
      timed('send', { topic: topic.name }, started)
      return positionOf(topic.name, place.partition, place.offset)
    }
    const failed = (error: unknown) => {
      timed('send', { topic: topic.name }, started, error)
      return Promise.reject(error)
    }
    try {
      return append(topic, key, value, headers, signal).then(sent, failed)
    } catch (error) {
      return failed(error)
    }
  }

  return {
    cipher: options.cipher,
    send: (topic, key, value, sendOptions = {}) => {
      // From the first record on, like all instruments: the metrics API has no stand-in that turns real later.
      endQueue ??= observeQueue(() => sender.queued())
      if (!hasTraces()) return sendUntraced(topic, key, value, sendOptions)
      return traced('send', { topic: topic.name }, async (span) => {
        const place = await append(topic, key, value, withTrace(sendOptions.headers), sendOptions.signal)
        if (place === undefined) return erased(topic.name)
        count.sent(topic.name)
        span.setAttributes({
          'messaging.destination.partition.id': String(place.partition),
          'messaging.kafka.offset': Number(place.offset),
        })
        return positionOf(topic.name, place.partition, place.offset)
      })
    },
    consume: (consumeOptions) => opened(startConsume(verbs, consumeOptions)),
    transform: (transformOptions) => opened(startTransform(verbs, partitionsOf, transformOptions)),
    table: (topic) => opened(startTable(verbs, topic)),
    read: (topic, readOptions) => readTopic(verbs, mapper.physical(topic), topic.name, readOptions),
    readBatches: (topics, batchOptions = {}) =>
      readTopics(verbs, new Map(topics.map((topic) => [mapper.physical(topic), topic.name])), batchOptions),
    decode: (topic, record) => mapper.decode(topic, record).value,
    ensureTopics: (topics, ensureOptions) => ensureTopics(admin, prefix, topics, ensureOptions),
    ends: async (topic) => {
      const bounds = await admin.bounds(mapper.physical(topic))
      return new Map(Array.from(bounds, ([partition, { high }]) => [partition, high]))
    },
    starts: async (topic) => {
      const bounds = await admin.bounds(mapper.physical(topic))
      return new Map(Array.from(bounds, ([partition, { low }]) => [partition, low]))
    },
    kept: (topic, before) => keptOf(admin, mapper.physical(topic), before),
    committed: (group, topic) => admin.committed(prefix + group, mapper.physical(topic)),
    replication: (topics) =>
      replicationOf(
        admin,
        topics.map((topic) => mapper.physical(topic)),
      ),
    internalTopics: (replicas) => internalTopicsOf(admin, replicas),
    clusterId: () => admin.clusterId(),
    isReachable: () => sender.isReachable(),
    isCongested: () => sender.isCongested(),
    close: (deadlineMs = 10_000) => {
      closed ??= close(deadlineMs)
      return closed
    },
  }
}

function erased(topic: string): Sent {
  count.erased('send', { records: 0, outputs: 1 })
  return { ...positionOf(topic, -1, -1n), isErased: true }
}

function positionOf(topic: string, partition: number, offset: bigint): Position {
  return { topic, partition, offset, id: `${topic}-${partition}-${offset}` }
}

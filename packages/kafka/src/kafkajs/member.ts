import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs'
import { backoffMs, pauseFor } from '../backoff.ts'
import { KafkaError } from '../errors.ts'
import { type FetchedRecord, type MemberOptions, type MemberPort, partitionKey, type TopicPartition } from '../port.ts'
import { createReachability, watchAnswers } from '../reachability.ts'
import type { Log } from '../types.ts'
import { coPartitioned } from './assigner.ts'
import { typeOf } from './client.ts'

export interface MemberTuning {
  readonly sessionTimeoutMs: number
  readonly log: Log
}

/** Expected while a group rebalances; the commit is repeated after the join. */
const NOT_OURS_NOW = new Set([
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'FENCED_INSTANCE_ID',
])

/** How long an empty fetch waits at the broker: also the resume latency and a part of the stop time. */
const MAX_WAIT_MS = 250
const MAX_BYTES_PER_PARTITION = 512 * 1024

function tuned(options: MemberOptions, tuning: MemberTuning): ConsumerConfig {
  return {
    groupId: options.group,
    allowAutoTopicCreation: false,
    sessionTimeout: tuning.sessionTimeoutMs,
    heartbeatInterval: Math.floor(tuning.sessionTimeoutMs / 5),
    rebalanceTimeout: Math.max(15_000, tuning.sessionTimeoutMs),
    maxWaitTimeInMs: MAX_WAIT_MS,
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    readUncommitted: !options.isReadCommitted,
    partitionAssigners: [coPartitioned],
    retry: { retries: 8, initialRetryTime: 200, maxRetryTime: 5_000 },
  }
}

export function fetched(message: KafkaMessage): FetchedRecord {
  const headers = new Map<string, Buffer>()
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value
    if (last !== undefined) headers.set(name, Buffer.isBuffer(last) ? last : Buffer.from(last))
  }
  return {
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers,
    timestamp: Number(message.timestamp),
  }
}

/**
 * Between a crash and its restart kafkajs has no group, and says so by throwing. Whatever is asked of it then is void anyway: the member joins
 * under a new id, and all its partitions are assigned anew.
 */
function unlessCrashed(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'KafkaJSNonRetriableError') throw error
  }
}

const placed = ({ topic, partition }: TopicPartition) => [{ topic, partitions: [partition] }]
const pauseAt = (target: Consumer, tp: TopicPartition) => unlessCrashed(() => target.pause(placed(tp)))
const resumeAt = (target: Consumer, tp: TopicPartition) => unlessCrashed(() => target.resume(placed(tp)))
const seekAt = (target: Consumer, { topic, partition }: TopicPartition, offset: bigint) =>
  unlessCrashed(() => target.seek({ topic, partition, offset: String(offset) }))

function byTopic(offsets: readonly (TopicPartition & { readonly offset: string })[]) {
  const topics = Object.groupBy(offsets, ({ topic }) => topic)
  return Object.entries(topics).map(([topic, partitions = []]) => ({ topic, partitions }))
}

/** One consumer-group member by kafkajs. Only this file knows of its runner, its events and its crashes. */
export function createMember(client: Kafka, options: MemberOptions, tuning: MemberTuning): MemberPort {
  const { events } = options
  const { log } = tuning
  let consumer: Consumer | undefined
  let owned = new Map<string, TopicPartition>()
  /** Up to where each partition was read without a gap; unknown until it was sought or read. */
  const positions = new Map<string, bigint>()
  const doubted = new Map<string, bigint>()
  let seeks = 0
  let lastMemberId = ''
  /** Commits with one try, as the member of the generation in which the last batch was read. */
  let commitOnce: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  let isJoined = false
  let isStopped = false
  let firstJoin: (() => void) | undefined
  const joined = new Promise<void>((resolve) => {
    firstJoin = resolve
  })
  let changing: Promise<void> = Promise.resolve()
  const stopping = new AbortController()
  const reachability = createReachability({ log, fields: { group: options.group } })
  const answers = watchAnswers(reachability, () => isJoined, tuning.sessionTimeoutMs)

  const onJoin = (target: Consumer, memberId: string, assignment: Record<string, number[]>) => {
    if (target !== consumer) return
    // A new member id means that the group went on without this member: others may have owned its partitions meanwhile.
    if (memberId !== lastMemberId) dropAll()
    lastMemberId = memberId
    const now = new Map<string, TopicPartition>()
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) now.set(`${topic}-${partition}`, { topic, partition })
    }
    const lost = [...owned.values()].filter((tp) => !now.has(partitionKey(tp)))
    const added = [...now.values()].filter((tp) => !owned.has(partitionKey(tp)))
    const kept = [...now.values()].filter((tp) => owned.has(partitionKey(tp)))
    owned = now
    isJoined = true
    if (lost.length > 0) events.lost(lost)
    for (const tp of kept) {
      // kafkajs forgets its position at each join and would start again from the committed offset.
      const position = events.kept(tp)
      if (position !== undefined) seekTo(target, tp, position)
    }
    for (const tp of added) {
      positions.delete(partitionKey(tp))
      pauseAt(target, tp)
    }
    // Even when there are none: a member of more than there are partitions has joined too.
    events.assigned(added)
    firstJoin?.()
  }

  const dropAll = () => {
    commitOnce = undefined
    const gone = [...owned.values()]
    owned = new Map()
    if (gone.length > 0) events.lost(gone)
  }

  const listen = (target: Consumer) => {
    target.on(target.events.GROUP_JOIN, ({ payload }) => onJoin(target, payload.memberId, payload.memberAssignment))
    target.on(target.events.REBALANCING, () => {
      isJoined = false
      if (target === consumer) events.rebalancing()
    })
    target.on(target.events.END_BATCH_PROCESS, ({ payload }) => {
      // Batches with records are noted by the hand-off, which knows whether it took them.
      if (target !== consumer || payload.batchSize > 0) return
      const { topic, partition, firstOffset, lastOffset } = payload
      passedOver(target, { topic, partition }, BigInt(firstOffset ?? lastOffset), BigInt(lastOffset) + 1n)
    })
    target.on(target.events.CRASH, ({ payload }) => {
      isJoined = false
      if (target !== consumer || isStopped) return
      log.warn(
        { group: options.group, error: typeOf(payload.error), restart: payload.restart },
        'Kafka consumer crashed',
      )
      if (!payload.restart)
        events.fatal(
          new KafkaError('MR_KAFKA_FATAL', `consumer ${options.group} stopped for good: ${typeOf(payload.error)}`, {
            cause: payload.error,
          }),
        )
    })
  }

  // A hand-off: an exception or a wait in here would stop the group's heartbeat or the consumer itself.
  const handOff = async (
    target: Consumer,
    { batch, resolveOffset, heartbeat, isRunning, isStale, commitOffsetsIfNecessary }: EachBatchPayload,
  ) => {
    if (target !== consumer || !isRunning() || isStale()) return
    commitOnce = commitOffsetsIfNecessary
    const from = BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset)
    const tp = { topic: batch.topic, partition: batch.partition }
    if (isContinuation(target, tp, from)) {
      const before = seeks
      events.records(tp, batch.messages.map(fetched), from)
      if (seeks !== before) return await heartbeat()
      const last = batch.messages.at(-1)
      if (last !== undefined) resolveOffset(last.offset)
      const next = BigInt(batch.lastOffset()) + 1n
      positions.set(partitionKey(tp), next)
      events.passed(tp, next)
    }
    await heartbeat()
  }

  /**
   * False when a batch does not begin where the one before ended. kafkajs can hand over a batch that was asked for before a seek, when the
   * partition's leader moved at that moment: taking it would skip what lies between. What is still so after a second look is the log's own:
   * a gap that retention made, or a log that was cut or made anew.
   */
  const isContinuation = (target: Consumer, tp: TopicPartition, from: bigint): boolean => {
    const place = partitionKey(tp)
    const expected = positions.get(place)
    const isConfirmed = doubted.get(place) === from
    if (expected === undefined || from === expected || (from > expected && isConfirmed)) {
      doubted.delete(place)
      return true
    }
    if (isConfirmed) {
      startOver(target, tp, { read: Number(expected), from: Number(from) })
      return false
    }
    log.info({ group: options.group, ...tp, missing: Number(from - expected) }, 'offsets missing, looking again')
    doubted.set(place, from)
    seekAt(target, tp, expected)
    return false
  }

  const startOver = (target: Consumer, tp: TopicPartition, detail: { read: number; from: number }) => {
    log.error(
      { group: options.group, ...tp, ...detail },
      'the log was cut or made anew below what was read, starting over',
    )
    positions.delete(partitionKey(tp))
    doubted.delete(partitionKey(tp))
    pauseAt(target, tp)
    events.lost([tp], true)
    events.assigned([tp])
  }

  /** Control records and aborted ones only: kafkajs moves on by itself. */
  const passedOver = (target: Consumer, tp: TopicPartition, first: bigint, next: bigint) => {
    const place = partitionKey(tp)
    if (!isContinuation(target, tp, first) || next <= (positions.get(place) ?? -1n)) return
    positions.set(place, next)
    events.passed(tp, next)
  }

  const seekTo = (target: Consumer, tp: TopicPartition, offset: bigint) => {
    seeks++
    positions.set(partitionKey(tp), offset)
    doubted.delete(partitionKey(tp))
    seekAt(target, tp, offset)
  }

  const begin = async () => {
    for (let attempt = 1; !isStopped; attempt++) {
      const target = client.consumer(tuned(options, tuning))
      target.on(target.events.REQUEST, answers.answered)
      try {
        await target.connect()
        await target.subscribe({ topics: [...options.topics], fromBeginning: options.from === 'beginning' })
        if (isStopped) return await target.disconnect().catch(() => {})
        consumer = target
        listen(target)
        await target.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: 8,
          eachBatch: (payload) => handOff(target, payload),
        })
        return
      } catch (error) {
        log.warn({ group: options.group, error: typeOf(error), attempt }, 'Kafka consumer cannot start yet')
        await target.disconnect().catch(() => {})
        await pauseFor(backoffMs(attempt, 200, 5_000), stopping.signal)
      }
    }
  }

  const end = async () => {
    const target = consumer
    consumer = undefined
    isJoined = false
    dropAll()
    await target?.disconnect().catch(() => {})
  }

  return {
    start() {
      changing = changing.then(begin)
      return joined
    },
    seek: (tp, offset) => ifOwned(tp, (target) => seekTo(target, tp, offset)),
    pause: (tp) => ifOwned(tp, (target) => pauseAt(target, tp)),
    resume: (tp) => ifOwned(tp, (target) => resumeAt(target, tp)),
    async commit(next) {
      if (consumer === undefined) return 'fenced'
      try {
        const offsets = next.map((entry) => ({ ...entry, offset: String(entry.next) }))
        // The consumer's own commitOffsets tries for minutes, over joins too: then it commits old offsets as the member of a new generation.
        if (commitOnce === undefined) await consumer.commitOffsets(offsets)
        else await commitOnce({ topics: byTopic(offsets) })
        return 'ok'
      } catch (error) {
        if (!NOT_OURS_NOW.has(typeOf(error)))
          log.warn({ group: options.group, error: typeOf(error) }, 'offset commit failed, will be repeated')
        return 'fenced'
      }
    },
    rejoin(reason) {
      log.info({ group: options.group, reason }, 'leaving the group to join again')
      changing = changing.then(async () => {
        await end()
        await begin()
      })
      return changing
    },
    isJoined: () => isJoined,
    async stop() {
      isStopped = true
      stopping.abort()
      answers.stop()
      firstJoin?.()
      // Connecting takes as long as brokers are away, and ends by itself; a join under way is waited for, so that it can be left.
      if (consumer === undefined) return
      await changing.catch(() => {})
      await end()
    },
  }

  function ifOwned(tp: TopicPartition, act: (target: Consumer) => void): void {
    if (consumer !== undefined && owned.has(partitionKey(tp))) act(consumer)
  }
}

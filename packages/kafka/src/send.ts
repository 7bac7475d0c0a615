import { KafkaError } from './errors.ts'
import { partitionOf } from './murmur2.ts'
import { type AdminPort, type KafkaPort, partitionKey, type WireRecord } from './port.ts'
import { createReachability } from './reachability.ts'
import { createLane, type Lane, type QueuedRecord } from './send-lane.ts'
import type { Queued } from './telemetry.ts'
import type { Log } from './types.ts'

export interface SenderOptions {
  /** Milliseconds from `send` to the refusal of a record that no broker has acknowledged. */
  readonly timeoutMs: number
  readonly maxQueueBytes: number
  readonly maxQueueRecords: number
  /** Milliseconds that a record may have waited for its request; while one has waited longer, new ones are refused at once. */
  readonly maxWaitMs: number
  readonly log: Log
}

export interface Sender {
  /** Appends one record; `partition` -1 means by key. Resolves with its place. @throws KafkaError */
  send(record: WireRecord, signal?: AbortSignal): Promise<{ partition: number; offset: bigint }>
  isReachable(): boolean
  /** Whether a new record would be refused now, because the brokers are slower than what comes in. */
  isCongested(): boolean
  queued(): Queued
  /** Waits for what is queued, at most `deadlineMs`, then refuses the rest. */
  close(deadlineMs: number): Promise<void>
}

type Leaders = ReadonlyMap<number, number>

/** An admitted record on its way into a queue. */
interface Sending {
  readonly record: WireRecord
  readonly partition: number
  readonly size: number
  /** Broker id. */
  readonly leader: number
  /** Epoch milliseconds. */
  readonly deadline: number
  /** Epoch milliseconds; the clock is read once for each record. */
  readonly now: number
  readonly signal: AbortSignal | undefined
}

interface KnownLeaders {
  leaders: Leaders | undefined
  /** Epoch milliseconds; 0 when they may have moved. */
  readAt: number
  asked: Promise<Leaders | undefined> | undefined
  /** Records whose senders wait for the leaders. */
  waiting: number
}

/** Milliseconds after which the leaders of a topic are asked for again. */
const LEADERS_FRESH_MS = 60_000
/** Milliseconds for which a lane that gets no records counts among those that could. */
const LANE_COUNTS_MS = 5_000
/** Milliseconds without a refused record after which a written one means that the brokers answer. */
const QUIET_MS = 2_000

/**
 * The send verb's engine: one lane for each leader broker, each with one request in flight that takes along whatever waits. A record's partition
 * is fixed before its first try, so that a retry can neither lose nor move it.
 */
export function createSender(port: KafkaPort, admin: AdminPort, options: SenderOptions): Sender {
  const lanes = new Map<number, Lane>()
  const known = new Map<string, KnownLeaders>()
  /** Lane of a partition that has records under way: it keeps them all until they settle, or order would break when a leader moves. */
  const pinned = new Map<string, { lane: Lane; count: number }>()
  let records = 0
  let bytes = 0
  let isClosed = false
  let lastFailure = 0
  let lastSuccess = 0
  const reachability = createReachability({ log: options.log, quietMs: QUIET_MS })

  /** By the refused callers, not by the requests: of those an ordinary change of leaders fails a few too. */
  const noteRefusal = (error: unknown, since: number) => {
    if (error instanceof KafkaError && error.code === 'MR_KAFKA_UNAVAILABLE' && !isClosed) reachability.silent(since)
  }

  /** Everyone who comes while the brokers are being asked waits for that one answer, so nobody overtakes. */
  const leadersOf = async (topic: string): Promise<Leaders | undefined> => {
    const entry = known.get(topic) ?? { leaders: undefined, readAt: 0, asked: undefined, waiting: 0 }
    known.set(topic, entry)
    if (isFresh(entry, Date.now())) return entry.leaders
    entry.asked ??= ask(topic, entry).finally(() => {
      entry.asked = undefined
    })
    return entry.asked
  }

  const isFresh = ({ leaders, readAt }: KnownLeaders, now: number) =>
    leaders !== undefined && now - readAt < LEADERS_FRESH_MS

  /** Without asking; undefined when they have to be asked for, or others still wait for them and must not be overtaken. */
  const leadersAtHand = (topic: string, now: number): Leaders | undefined => {
    const entry = known.get(topic)
    return entry !== undefined && entry.waiting === 0 && isFresh(entry, now) ? entry.leaders : undefined
  }

  /** Undefined when there is no such topic. */
  const ask = async (topic: string, entry: KnownLeaders): Promise<Leaders | undefined> => {
    const leaders = await admin.leaders(topic)
    if (leaders === undefined || leaders.size === 0) return undefined
    entry.leaders = leaders
    entry.readAt = Date.now()
    return leaders
  }

  const laneOf = (leader: number): Lane => {
    let lane = lanes.get(leader)
    if (lane === undefined) {
      lane = createLane(port, {
        log: options.log,
        onOutcome: (isSuccess) => {
          if (isSuccess) lastSuccess = Date.now()
          else lastFailure = Date.now()
          // Whatever failed, a moved leader may be why.
          if (!isSuccess) for (const entry of known.values()) entry.readAt = 0
        },
      })
      lanes.set(leader, lane)
    }
    return lane
  }

  const enqueue = ({ record, partition, size, leader, deadline, now, signal }: Sending) =>
    new Promise<{ partition: number; offset: bigint }>((resolve, reject) => {
      const { topic, key, value, headers } = record
      const place = partitionKey({ topic, partition })
      const pin = pinned.get(place) ?? { lane: laneOf(leader), count: 0 }
      const since = deadline - options.timeoutMs
      if (isBehind(pin.lane, now)) {
        records--
        bytes -= size
        reject(queueFull())
        return
      }
      pin.count++
      if (pin.count === 1) pinned.set(place, pin)
      const onAbort = () => reject(signal?.reason)
      const entry: QueuedRecord = {
        record: { topic, partition, key, value, headers },
        place,
        size,
        since,
        deadline,
        firstTry: 0,
        isLate: false,
        resolve: (offset) => {
          reachability.answered()
          resolve({ partition, offset })
        },
        reject: (error) => {
          noteRefusal(error, since)
          reject(error)
        },
        // Counted until its request has settled, not until its caller was answered: a stalled broker must not empty the bound.
        settled: () => {
          records--
          bytes -= size
          pin.count--
          if (pin.count === 0) pinned.delete(place)
          signal?.removeEventListener('abort', onAbort)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      pin.lane.add(entry)
    })

  const queueFull = () =>
    new KafkaError('MR_KAFKA_QUEUE_FULL', `${records} records (${bytes} bytes) wait for the brokers`)

  const admit = (size: number, now: number) => {
    if (isClosed) throw new KafkaError('MR_KAFKA_CLOSED', 'the Kafka client is closing')
    if (records >= options.maxQueueRecords || bytes + size > options.maxQueueBytes || isCongested(now)) {
      throw queueFull()
    }
    records++
    bytes += size
  }

  /**
   * First come, first served, each until its deadline, would under overload serve only what is about to expire: so nobody joins a queue that long.
   * The age of the oldest tells too late: until it is reached, everything that comes would be let in. So the expected wait counts too.
   */
  const isBehind = (lane: Lane, now: number) => {
    const since = lane.waitingSince()
    return (since !== undefined && now - since > options.maxWaitMs) || lane.expectedMs() > options.maxWaitMs
  }

  /** While one broker of several takes records, those of its partitions are let in. */
  const isCongested = (now: number) => {
    const recently = now - LANE_COUNTS_MS
    let isUsed = false
    for (const lane of lanes.values()) {
      if (lane.usedAt() <= recently && lane.waitingSince() === undefined) continue
      if (!isBehind(lane, now)) return false
      isUsed = true
    }
    return isUsed
  }

  const oldestMs = () => {
    const now = Date.now()
    let oldest = now
    for (const lane of lanes.values()) oldest = Math.min(oldest, lane.waitingSince() ?? now)
    return now - oldest
  }

  const drop = (size: number) => {
    records--
    bytes -= size
    lastFailure = Date.now()
  }

  const askForLeaders = async (topic: string, size: number, deadline: number): Promise<Leaders> => {
    const asking = leadersOf(topic)
    const entry = known.get(topic) as KnownLeaders
    entry.waiting++
    try {
      const leaders = await beforeDeadline(asking, deadline)
      if (leaders !== undefined) return leaders
    } catch (error) {
      drop(size)
      const refused =
        error instanceof KafkaError
          ? error
          : new KafkaError('MR_KAFKA_UNAVAILABLE', 'no broker answers', { cause: error })
      noteRefusal(refused, deadline - options.timeoutMs)
      throw refused
    } finally {
      entry.waiting--
    }
    drop(size)
    throw new KafkaError('MR_KAFKA_UNAVAILABLE', `topic ${topic} does not exist`)
  }

  return {
    send(record, signal) {
      const now = Date.now()
      const size = (record.key?.length ?? 0) + (record.value?.length ?? 0) + 256
      try {
        signal?.throwIfAborted()
        admit(size, now)
      } catch (error) {
        return Promise.reject(error)
      }
      const deadline = now + options.timeoutMs
      const place = (leaders: Leaders, now: number) => {
        const partition = record.partition >= 0 ? record.partition : placeFor(record.key, leaders.size)
        return enqueue({ record, partition, size, leader: leaders.get(partition) ?? -1, deadline, now, signal })
      }
      const leaders = leadersAtHand(record.topic, now)
      if (leaders !== undefined) return place(leaders, now)
      return askForLeaders(record.topic, size, deadline).then((asked) => place(asked, Date.now()))
    },
    isCongested: () => isCongested(Date.now()),
    isReachable: () => lastSuccess >= lastFailure,
    queued: () => ({ records, bytes, oldestMs: oldestMs() }),
    async close(deadlineMs) {
      isClosed = true
      await Promise.all(Array.from(lanes.values(), (lane) => lane.close(deadlineMs)))
    },
  }
}

let turn = 0

function placeFor(key: Buffer | null, partitions: number): number {
  return key === null ? turn++ % partitions : partitionOf(key, partitions)
}

function beforeDeadline<T>(work: Promise<T>, deadline: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new KafkaError('MR_KAFKA_UNAVAILABLE', 'no broker answers')),
      Math.max(0, deadline - Date.now()),
    )
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

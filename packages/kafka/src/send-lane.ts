import { backoffMs, pauseFor, withDeadline } from './backoff.ts'
import { KafkaError, refusal } from './errors.ts'
import { createPace } from './pace.ts'
import { type KafkaPort, PortError, type ProducerPort, partitionKey, type WireRecord } from './port.ts'
import { count } from './telemetry.ts'
import type { Log } from './types.ts'

export interface QueuedRecord {
  readonly record: WireRecord
  /** Its topic-partition. */
  readonly place: string
  readonly size: number
  /** Epoch milliseconds at which it came. */
  readonly since: number
  /** Epoch milliseconds at which the caller is refused. */
  readonly deadline: number
  /** Epoch milliseconds; 0 before it. The lane's to set, as is what follows. */
  firstTry: number
  /** The caller has been refused; the record itself may still be on the wire. */
  isLate: boolean
  resolve(offset: bigint): void
  reject(error: Error): void
  /** Called once, when no request carries the record any more. */
  settled(): void
}

export interface Lane {
  add(entry: QueuedRecord): void
  /** Epoch milliseconds since when the oldest record waits for its request; undefined when none does. */
  waitingSince(): number | undefined
  /** Milliseconds that a new record would wait for its answer, by what the last requests took. */
  expectedMs(): number
  /** Epoch milliseconds of the last record. */
  usedAt(): number
  close(deadlineMs: number): Promise<void>
}

export interface LaneOptions {
  readonly log: Log
  onOutcome(isSuccess: boolean): void
}

const MAX_BATCH_RECORDS = 500
/** Larger ones travel alone, so that a refusal or a slow write of theirs touches nobody. */
const TRAVELS_ALONE_BYTES = 256 * 1024
/** A record is not tried again later than this after its first try: the sender behind the gateway does better with a 503 than with a wait. */
const RETRY_WITHIN_MS = 1_000
/** kafkajs keeps a dead socket and stale metadata after an unclean broker loss. */
const FAILURES_BEFORE_NEW_PRODUCER = 2

/** Timers may fire a little early. */
const TIMER_SLACK_MS = 5

/** One request in flight at a time; no timer: a batch is what came in while the last one was on its way. */
export function createLane(port: KafkaPort, { log, onOutcome }: LaneOptions): Lane {
  let queue: QueuedRecord[] = []
  let onWire: readonly QueuedRecord[] = []
  let timer: NodeJS.Timeout | undefined
  let producer: ProducerPort = port.producer()
  let failures = 0
  let running: Promise<void> | undefined
  const closing = new AbortController()
  const pace = createPace()
  /** Of what waits and of what is on the wire. */
  let bytes = 0
  let usedAt = 0

  const take = (): QueuedRecord[] => {
    let size = 0
    let count = 0
    while (count < queue.length && count < MAX_BATCH_RECORDS) {
      const next = queue[count] as QueuedRecord
      const isAlone = next.size > TRAVELS_ALONE_BYTES
      if (count > 0 && (isAlone || size + next.size > pace.batchBytes())) break
      size += next.size
      count++
      if (isAlone) break
    }
    return queue.splice(0, count)
  }

  const settle = (entry: QueuedRecord) => {
    bytes -= entry.size
    entry.settled()
  }

  const tell = (entries: readonly QueuedRecord[], offsets: readonly bigint[]) => {
    for (const [nth, entry] of entries.entries()) {
      entry.resolve(offsets[nth] as bigint)
      settle(entry)
    }
  }

  const refuse = (entries: readonly QueuedRecord[], error: KafkaError) => {
    for (const entry of entries) {
      entry.reject(error)
      settle(entry)
    }
  }

  /** Refuses callers whose time is up. What waits is dropped; what is on the wire stays counted until its request settles. */
  const sweep = () => {
    const now = Date.now() + TIMER_SLACK_MS
    refuse(
      queue.filter((entry) => entry.deadline <= now),
      inTime('the brokers did not take the record in time'),
    )
    queue = queue.filter((entry) => entry.deadline > now)
    for (const entry of onWire) {
      if (entry.isLate || entry.deadline > now) continue
      entry.isLate = true
      entry.reject(inTime('the brokers did not answer in time; the record may still be written'))
    }
  }

  /** One timer for the earliest deadline. It is left alone when its record was answered: that is cheaper than a new one for each. */
  const watch = () => {
    if (timer !== undefined) return
    const deadlines = [...queue, ...onWire].filter((entry) => !entry.isLate).map((entry) => entry.deadline)
    if (deadlines.length === 0) return
    const earliest = deadlines.reduce((a, b) => Math.min(a, b))
    timer = setTimeout(
      () => {
        timer = undefined
        sweep()
        watch()
      },
      Math.max(0, earliest - Date.now()),
    ).unref()
  }

  const unwatch = () => {
    clearTimeout(timer)
    timer = undefined
  }

  /** Sends a batch; answers the entries that have to be sent again. */
  const attempt = async (batch: readonly QueuedRecord[]): Promise<QueuedRecord[]> => {
    count.batch(batch.length)
    const since = performance.now()
    const answered = await producer.append(batch.map((entry) => entry.record))
    pace.answered(sizeOf(batch), performance.now() - since)
    const next = new Map(answered.map((place) => [partitionKey(place), place.baseOffset]))
    const unnamed: QueuedRecord[] = []
    const named: QueuedRecord[] = []
    const offsets: bigint[] = []
    for (const entry of batch) {
      const offset = next.get(entry.place)
      if (offset === undefined) {
        unnamed.push(entry)
        continue
      }
      next.set(entry.place, offset + 1n)
      named.push(entry)
      offsets.push(offset)
    }
    // Behind the promises that send the next request: the brokers work on it while these callers are answered.
    process.nextTick(tell, named, offsets)
    return unnamed
  }

  const renewAfterFailures = () => {
    failures++
    if (failures < FAILURES_BEFORE_NEW_PRODUCER) return
    failures = 0
    const old = producer
    producer = port.producer()
    old.close().catch(() => {})
  }

  /** One refused partition fails the whole request: what did not ask for trouble is sent again, partition by partition. */
  const isolate = async (batch: readonly QueuedRecord[], error: PortError): Promise<QueuedRecord[]> => {
    const places = new Set(batch.map((entry) => entry.place))
    if (places.size === 1 && batch.length === 1) {
      refuse(batch, refusal(error))
      return []
    }
    const isOnePlace = places.size === 1
    const again: QueuedRecord[] = []
    for (const part of isOnePlace ? batch.map((entry) => [entry]) : split(batch)) {
      // Behind a record that has to be sent again none of its partition may go ahead.
      again.push(...(isOnePlace && again.length > 0 ? part : await sendOnce(part)))
    }
    return again
  }

  const sendOnce = async (batch: readonly QueuedRecord[]): Promise<QueuedRecord[]> => {
    try {
      const unnamed = await attempt(batch)
      failures = 0
      onOutcome(unnamed.length === 0)
      return unnamed
    } catch (error) {
      if (error instanceof PortError && error.failure === 'refused') return isolate(batch, error)
      onOutcome(false)
      renewAfterFailures()
      log.debug({ error: (error as Error).message, records: batch.length }, 'produce request failed')
      return [...batch]
    }
  }

  const settleFailed = (failed: QueuedRecord[]) => {
    if (closing.signal.aborted) return refuse(failed, closed())
    const now = Date.now()
    const isSpent = (entry: QueuedRecord) => entry.deadline <= now || now - entry.firstTry > RETRY_WITHIN_MS
    const spent = failed.filter(isSpent)
    refuse(spent, inTime('the brokers did not take the record in time'))
    // In front, in order: later records of the same partition must not overtake.
    queue.unshift(...failed.filter((entry) => !isSpent(entry)))
  }

  const drain = async () => {
    // Callers that arrive in the same turn of the event loop share a request.
    await new Promise(setImmediate)
    for (let tries = 1; queue.length > 0; ) {
      onWire = take()
      const now = Date.now()
      for (const entry of onWire) entry.firstTry ||= now
      const failed = await sendOnce(onWire)
      onWire = []
      if (failed.length === 0) {
        tries = 1
        continue
      }
      settleFailed(failed)
      await pauseFor(backoffMs(tries++, 50, 400), closing.signal)
    }
  }

  const start = () => {
    running ??= drain().finally(() => {
      running = undefined
      if (queue.length > 0) start()
    })
  }

  return {
    add(entry) {
      bytes += entry.size
      usedAt = entry.since
      if (closing.signal.aborted) return refuse([entry], closed())
      queue.push(entry)
      watch()
      start()
    },
    waitingSince: () => queue[0]?.since,
    expectedMs: () => pace.timeFor(bytes),
    usedAt: () => usedAt,
    async close(deadlineMs) {
      await withDeadline(running ?? Promise.resolve(), deadlineMs)
      closing.abort()
      refuse(queue.splice(0), closed())
      unwatch()
      await withDeadline(producer.close(), 2_000)
    },
  }
}

function sizeOf(batch: readonly QueuedRecord[]): number {
  return batch.reduce((sum, entry) => sum + entry.size, 0)
}

function inTime(message: string): KafkaError {
  return new KafkaError('MR_KAFKA_UNAVAILABLE', message)
}

function closed(): KafkaError {
  return new KafkaError('MR_KAFKA_CLOSED', 'the Kafka client closed before the brokers took the record')
}

function split(batch: readonly QueuedRecord[]): QueuedRecord[][] {
  const parts = new Map<string, QueuedRecord[]>()
  for (const entry of batch) {
    const part = parts.get(entry.place)
    if (part === undefined) parts.set(entry.place, [entry])
    else part.push(entry)
  }
  return [...parts.values()]
}

import type { Topic } from '@millrace/schemas'
import { type Arrivals, createArrivals } from './arrivals.ts'
import { backoffMs, withDeadline } from './backoff.ts'
import { createCommits } from './consume-commits.ts'
import { mayFlow, newOwned, type Owned } from './consume-owned.ts'
import { deadLetter, reportDeadLetter } from './dead-letter.ts'
import { classify, spent } from './errors.ts'
import { createGroupHealth } from './group-health.ts'
import { findStart } from './group-start.ts'
import { createKeyedScheduler, type Task } from './keyed-scheduler.ts'
import { startLag } from './lag.ts'
import { createOffsetTracker } from './offset-tracker.ts'
import {
  type FetchedRecord,
  type KafkaPort,
  type MemberPort,
  partitionKey,
  type TopicPartition,
  type WireRecord,
} from './port.ts'
import { encodeProgress } from './progress.ts'
import { createReachKeys } from './reach-keys.ts'
import type { RecordMapper } from './records.ts'
import { isErasure } from './sealing.ts'
import { count, handOver, traced } from './telemetry.ts'
import type { ConsumeOptions, InRecord, Log, RawRecord, Running } from './types.ts'
import { until } from './until.ts'

export interface VerbContext {
  readonly port: KafkaPort
  readonly mapper: RecordMapper
  readonly prefix: string
  readonly log: Log
  /** Writes a record whose partition is fixed or follows from its key. */
  write(record: WireRecord): Promise<void>
  fatal(error: Error): void
  /** Whether records may be encrypted and can be opened. */
  readonly isSealed: boolean
  /** End of each partition, 0 when it holds nothing; asks until it is answered, the client closes or `signal` aborts. */
  ends(topics: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, bigint>>
  /** By partition the offset of the first record that was written at a time or later. */
  offsetsAt(topic: string, timestamp: number): Promise<ReadonlyMap<number, bigint>>
}

const COMMIT_EVERY_MS = 250
/** Records due sooner are taken into memory, so that they are handled in time whatever a fetch takes. */
const HELD_AHEAD_MS = 2_000
// setTimeout fires at once for longer waits.
const MAX_TIMER_MS = 2_147_483_647
const DEFAULT_IN_FLIGHT = 256
/** Answers of brokers that wait for their keys; beyond it the partition is paused. */
const MAX_ARRIVALS = 4
const DEFAULT_RETRY_FOR_MS = 900_000

/** The consume verb: hand-off, per-key order, out-of-order completion, low-watermark commits, retry classes, dead letters. */
export function startConsume<V>(verbs: VerbContext, options: ConsumeOptions<V>): Running {
  const { mapper, log } = verbs
  const group = mapper.group(options.group)
  const limit = options.maxInFlight ?? DEFAULT_IN_FLIGHT
  const retryForMs = options.retryForMs ?? DEFAULT_RETRY_FOR_MS
  const sources = new Map(options.topics.map((topic) => [mapper.physical(topic), topic]))
  const owned = new Map<string, Owned>()
  const scheduler = createKeyedScheduler(options.concurrency ?? limit)
  const health = createGroupHealth()
  const reachKeys = createReachKeys(log, { group: options.group })
  const admin = verbs.port.admin()
  let inFlight = 0
  let isClosing = false

  const member: MemberPort = verbs.port.member({
    group,
    topics: [...sources.keys()],
    isReadCommitted: true,
    from: 'beginning',
    events: {
      assigned: (partitions) => {
        health.joined(partitions.map(partitionKey))
        for (const tp of partitions) void take(tp)
      },
      kept: (tp) => {
        const owner = owned.get(partitionKey(tp))
        // What waits for its keys is read again.
        owner?.arrivals?.forget()
        // kafkajs may have forgotten the pause.
        if (owner !== undefined && mayFlow(owner)) member.resume(tp)
        else member.pause(tp)
        return owner?.tracker.position()
      },
      lost: (partitions) => {
        for (const tp of partitions) release(tp)
      },
      records: (tp, records, from) => {
        const keys = () => mapper.prepareRead(records)
        const arrivals = owned.get(partitionKey(tp))?.arrivals
        // Asked for all at once; each record's turn sees whether its key is there.
        if (arrivals === undefined) keys()?.catch(() => {})
        if (arrivals === undefined) receive(tp, records, from)
        else arrivals.arrive(() => receive(tp, records, from), keys)
      },
      rebalancing: () => {
        health.rebalancing()
        count.rebalance(options.group)
        void commit()
      },
      passed: (tp, next) => {
        const arrivals = owned.get(partitionKey(tp))?.arrivals
        if (arrivals === undefined) passOver(tp, next)
        else arrivals.arrive(() => passOver(tp, next))
      },
      fatal: verbs.fatal,
    },
  })

  const passOver = (tp: TopicPartition, next: bigint) => {
    const owner = owned.get(partitionKey(tp))
    // While it closes records are not taken, so nothing may be passed over either.
    if (owner === undefined || !owner.isStarted || isClosing) return
    owner.tracker.pass(next)
    health.passed(partitionKey(tp), next)
  }

  const placeOf = ({ source, partition }: Owned) => ({ group: options.group, topic: source.name, partition })

  const take = async (tp: TopicPartition) => {
    const owner = newOwned(tp, sources.get(tp.topic) as Topic<unknown>)
    if (options.notBefore !== undefined && verbs.isSealed) owner.arrivals = arrivalsOf(owner)
    owned.set(partitionKey(tp), owner)
    const found = await findStart({ admin, group, tp, place: placeOf(owner), log, signal: owner.abort.signal })
    if (found === undefined || owner.abort.signal.aborted) return
    const { start, handedDown } = found
    owner.committed = found.committed
    if (handedDown !== undefined) {
      owner.tracker = createOffsetTracker(Date.now, handedDown)
      owner.told = encodeProgress(handedDown)
    }
    owner.tracker.pass(start)
    owner.isStarted = true
    health.moved(partitionKey(tp), start)
    member.seek(tp, start)
    if (!isClosing) member.resume(tp)
    throttle()
  }

  const arrivalsOf = (owner: Owned): Arrivals => {
    const arrivals = createArrivals(reachKeys, owner.abort.signal, () => {
      const isHeldUp = arrivals.waiting() >= (owner.isHeldUp ? 1 : MAX_ARRIVALS)
      if (isHeldUp === owner.isHeldUp) return
      owner.isHeldUp = isHeldUp
      if (isHeldUp) member.pause(owner)
      else if (mayFlow(owner) && !isClosing) member.resume(owner)
    })
    return arrivals
  }

  const release = (tp: TopicPartition) => {
    const gone = owned.get(partitionKey(tp))
    if (gone === undefined) return
    owned.delete(partitionKey(tp))
    health.lost(partitionKey(tp))
    clearTimeout(gone.resting)
    gone.abort.abort()
    scheduler.drop((task) => (task as RecordTask).owner === gone && forget())
  }

  const forget = () => {
    inFlight--
    return true
  }

  const receive = (tp: TopicPartition, records: readonly FetchedRecord[], from: bigint) => {
    const owner = owned.get(partitionKey(tp))
    if (owner === undefined || !owner.isStarted || isClosing) return
    health.checkGap(from, tp, placeOf(owner), log)
    const links = records.map(({ headers }) => headers)
    let taken = 0
    handOver({ ...placeOf(owner), batch: records.length, links }, () => {
      for (const fetched of records) {
        const task = taskFor(owner, mapper.raw(owner.source.name, tp.partition, fetched))
        if (task.notBefore > Date.now() + HELD_AHEAD_MS) {
          rest(owner, fetched.offset, task.notBefore)
          return
        }
        if (!owner.tracker.add(fetched.offset, fetched.timestamp)) continue
        taken++
        inFlight++
        scheduler.add(task)
      }
    })
    count.consumed(owner.source.name, options.group, taken)
    throttle()
  }

  /** A record that is not due for long waits in the log, and what comes after it in its partition too, so that no memory is held for it. */
  const rest = (owner: Owned, offset: bigint, dueAt: number) => {
    owner.arrivals?.forget()
    member.seek(owner, offset)
    health.moved(partitionKey(owner), offset)
    member.pause(owner)
    const waitMs = Math.min(dueAt - Date.now() - HELD_AHEAD_MS / 2, MAX_TIMER_MS)
    owner.resting = setTimeout(() => {
      owner.resting = undefined
      if (mayFlow(owner) && !isClosing) member.resume(owner)
    }, waitMs)
  }

  /** Pauses every partition at the bound, resumes at half of it. */
  const throttle = () => {
    const shouldPause = inFlight >= limit
    const mayResume = inFlight <= limit / 2
    for (const owner of owned.values()) {
      if (shouldPause && !owner.isPaused) {
        owner.isPaused = true
        member.pause(owner)
      } else if (mayResume && owner.isPaused && !isClosing) {
        owner.isPaused = false
        if (mayFlow(owner)) member.resume(owner)
      }
    }
  }

  interface RecordTask extends Task {
    readonly owner: Owned
  }

  const taskFor = (owner: Owned, raw: RawRecord): RecordTask => {
    let record: InRecord<V> | undefined
    let attempt = 0
    let failingSince: number | undefined
    let verdict: { readonly error: unknown } | undefined
    const decode = () => {
      record ??= mapper.decode(owner.source as Topic<V>, raw)
      return record
    }
    return {
      owner,
      key: options.ordering === 'key' && raw.key !== null ? raw.key : raw.id,
      notBefore: options.notBefore === undefined ? 0 : quietly(() => options.notBefore?.(decode()) ?? 0),
      async run() {
        if (owner.abort.signal.aborted) return leave()
        // Each time: whom it is about may have been erased while it waited.
        const isReached = reachKeys(() => mapper.prepareRead([raw]), owner.abort.signal)
        if (isReached !== true && !(await isReached)) return leave()
        if (mapper.isErased(raw)) return passOverErased(owner, raw)
        attempt++
        // Given up on before; only the dead letter could not be written.
        if (verdict !== undefined) return bury(owner, raw, verdict.error, attempt)
        try {
          const current = decode()
          const place = {
            topic: owner.source.name,
            group: options.group,
            partition: owner.partition,
            offset: raw.offset,
          }
          await traced('process', { ...place, links: [raw.headers] }, () =>
            options.handle(current, { signal: owner.abort.signal, attempt }),
          )
        } catch (error) {
          if (owner.abort.signal.aborted) return leave()
          if (isErasure(error)) return passOverErased(owner, raw)
          const { kind, retryAfterMs, code } = classify(error)
          failingSince ??= Date.now()
          // What cannot be read for want of its key was not tried: that may not become a dead letter, however long it lasts.
          const isSpent =
            kind === 'transient' && code !== 'MR_KAFKA_KEY_PENDING' && Date.now() - failingSince > retryForMs
          if ((kind === 'transient' && !isSpent) || kind === 'throttled') {
            count.retry(options.group, kind)
            // Ever more rarely: an outage fails every record in hand again and again.
            if (kind === 'transient' && Number.isInteger(Math.log2(attempt)))
              log.warn(
                { group: options.group, position: raw.id, code, attempt, error: (error as Error).message },
                'record failed, will be tried again',
              )
            return Date.now() + (retryAfterMs ?? backoffMs(attempt))
          }
          verdict = { error: isSpent ? spent(error) : error }
          attempt = 1
          return bury(owner, raw, verdict.error, attempt)
        }
        return done(owner, raw)
      },
    }
  }

  /** Not finished here: it stays uncommitted, and whoever owns the partition next handles it. */
  const leave = (): undefined => {
    inFlight--
  }

  /** Sends a record to the dead-letter topic; until that has worked the record stays unfinished. */
  const bury = async (owner: Owned, raw: RawRecord, error: unknown, attempt: number): Promise<number | undefined> => {
    try {
      await verbs.write(deadLetter(verbs.prefix, owner.source, options.group, raw, error))
    } catch (cause) {
      log.warn(
        { group: options.group, position: raw.id, error: (cause as { code?: string }).code },
        'dead letter could not be written yet',
      )
      return Date.now() + backoffMs(attempt)
    }
    reportDeadLetter(log, owner.source, options.group, raw, error)
    return done(owner, raw)
  }

  const passOverErased = (owner: Owned, raw: RawRecord): undefined => {
    count.erased(options.group, { records: 1, outputs: 0 })
    return done(owner, raw)
  }

  const done = (owner: Owned, raw: RawRecord): undefined => {
    inFlight--
    // Under a tracker that was dropped with its partition nothing is committed.
    owner.tracker.finish(raw.offset)
    throttle()
  }

  const commit = createCommits(member, { group: options.group, topic: options.topics[0]?.name ?? '' }, owned)
  const ticker = setInterval(() => void commit(), COMMIT_EVERY_MS)
  const joined = member.start()
  count.zeros(options.group, sources.values())
  const endLag = startLag({
    admin,
    group: options.group,
    sources,
    positions: () =>
      [...owned.values()].flatMap(({ topic, partition, isStarted, tracker }) => {
        const next = isStarted ? tracker.committable() : undefined
        return next === undefined ? [] : [{ topic, partition, next, writtenAt: tracker.oldestWrittenAt() }]
      }),
  })

  let closed: Promise<void> | undefined
  const close = async (deadlineMs: number) => {
    isClosing = true
    for (const owner of owned.values()) {
      clearTimeout(owner.resting)
      member.pause(owner)
    }
    // What has not begun will be read again; running it now without what its key waits for would break the order.
    const dropWaiting = () => scheduler.drop(forget)
    dropWaiting()
    const drained = new AbortController()
    await withDeadline(
      until(() => scheduler.running() === 0, drained.signal).catch(() => {}),
      deadlineMs,
    )
    drained.abort()
    dropWaiting()
    clearInterval(ticker)
    endLag()
    for (const owner of owned.values()) owner.abort.abort()
    await withDeadline(commit(), 2_000)
    await withDeadline(member.stop(), 5_000)
    await admin.close()
  }

  const isCommittedTo = (ends: ReadonlyMap<string, bigint>) =>
    [...owned].every(([place, { committed, tracker }]) => {
      const next = tracker.committable()
      return next === undefined || next === committed || (committed ?? -1n) >= (ends.get(place) ?? 0n)
    })

  return {
    joined,
    caughtUp: async (signal) => {
      const ends = await verbs.ends([...sources.keys()], signal)
      await until(() => member.isJoined() && health.reached(ends) && inFlight === 0, signal)
      // The ticker repeats a commit that a rebalance refused.
      void commit()
      await until(() => isCommittedTo(ends), signal)
    },
    health: () => {
      const oldest = Math.min(
        ...Array.from(owned.values(), (owner) => owner.tracker.oldestSince() ?? Number.POSITIVE_INFINITY),
      )
      return health.report(member.isJoined(), inFlight, Number.isFinite(oldest) ? Date.now() - oldest : 0)
    },
    close: (deadlineMs = 10_000) => {
      closed ??= close(deadlineMs)
      return closed
    },
  }
}

function quietly(compute: () => number): number {
  try {
    return compute()
  } catch {
    // An undecodable record is due at once: `run` finds the same error and buries it.
    return 0
  }
}

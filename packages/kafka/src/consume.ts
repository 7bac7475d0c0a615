import type { Topic } from '@millrace/schemas'
import { backoffMs, withDeadline } from './backoff.ts'
import { deadLetter, reportDeadLetter } from './dead-letter.ts'
import { classify, spent } from './errors.ts'
import { createGroupHealth } from './group-health.ts'
import { findStart } from './group-start.ts'
import { createKeyedScheduler, type Task } from './keyed-scheduler.ts'
import { startLag } from './lag.ts'
import { createOffsetTracker, type OffsetTracker } from './offset-tracker.ts'
import {
  type FetchedRecord,
  type KafkaPort,
  type MemberPort,
  partitionKey,
  type TopicPartition,
  type WireRecord,
} from './port.ts'
import { encodeProgress } from './progress.ts'
import type { RecordMapper } from './records.ts'
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
  /** End of each partition, 0 when it holds nothing; asks until it is answered, the client closes or `signal` aborts. */
  ends(topics: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, bigint>>
}

interface Owned extends TopicPartition {
  readonly source: Topic<unknown>
  tracker: OffsetTracker
  readonly abort: AbortController
  /** What the group is known to have committed. */
  committed: bigint | undefined
  /** What stands beside it in the commit. */
  told: string
  /** Set while the next record of the partition is not due for long: it waits in the log. */
  resting: NodeJS.Timeout | undefined
  /** False until it is known where this owner begins. */
  isStarted: boolean
  isPaused: boolean
}

const mayFlow = (owner: Owned) => owner.isStarted && !owner.isPaused && owner.resting === undefined

const COMMIT_EVERY_MS = 250
/** Records due sooner are taken into memory, so that they are handled in time whatever a fetch takes. */
const HELD_AHEAD_MS = 2_000
// setTimeout fires at once for longer waits.
const MAX_TIMER_MS = 2_147_483_647
const DEFAULT_IN_FLIGHT = 256
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
  const admin = verbs.port.admin()
  let inFlight = 0
  let isClosing = false
  let committing: Promise<void> = Promise.resolve()
  let nextCommit: Promise<void> | undefined

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
        // kafkajs may have forgotten the pause.
        if (owner !== undefined && mayFlow(owner)) member.resume(tp)
        else member.pause(tp)
        return owner?.tracker.position()
      },
      lost: (partitions) => {
        for (const tp of partitions) release(tp)
      },
      records: (tp, records, from) => receive(tp, records, from),
      rebalancing: () => {
        health.rebalancing()
        count.rebalance(options.group)
        void commit()
      },
      passed: (tp, next) => {
        const owner = owned.get(partitionKey(tp))
        // While it closes records are not taken, so nothing may be passed over either.
        if (owner === undefined || !owner.isStarted || isClosing) return
        owner.tracker.pass(next)
        health.passed(partitionKey(tp), next)
      },
      fatal: verbs.fatal,
    },
  })

  const placeOf = ({ source, partition }: Owned) => ({ group: options.group, topic: source.name, partition })

  const take = async (tp: TopicPartition) => {
    const owner: Owned = {
      ...tp,
      source: sources.get(tp.topic) as Topic<unknown>,
      tracker: createOffsetTracker(),
      abort: new AbortController(),
      committed: undefined,
      told: '',
      resting: undefined,
      isStarted: false,
      isPaused: false,
    }
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
          const { kind, retryAfterMs, code } = classify(error)
          failingSince ??= Date.now()
          const isSpent = kind === 'transient' && Date.now() - failingSince > retryForMs
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

  const done = (owner: Owned, raw: RawRecord): undefined => {
    inFlight--
    // Under a tracker that was dropped with its partition nothing is committed.
    owner.tracker.finish(raw.offset)
    throttle()
  }

  /** One commit at a time; whoever asks while one is under way shares the next. */
  const commit = (): Promise<void> => {
    nextCommit ??= committing
      .catch(() => {})
      .then(() => {
        nextCommit = undefined
        return commitMoved()
      })
    committing = nextCommit
    return nextCommit
  }

  const commitMoved = async () => {
    const moved = [...owned.values()].flatMap((owner) => {
      const progress = owner.isStarted ? owner.tracker.progress() : undefined
      if (progress === undefined) return []
      const metadata = encodeProgress(progress)
      const isKnown = progress.committed === owner.committed && metadata === owner.told
      return isKnown ? [] : [{ owner, next: progress.committed, metadata }]
    })
    if (moved.length === 0) return
    const outcome = await traced('commit', { topic: options.topics[0]?.name ?? '', group: options.group }, () =>
      member.commit(
        moved.map(({ owner: { topic, partition }, next, metadata }) => ({ topic, partition, next, metadata })),
      ),
    )
    if (outcome !== 'ok') return
    for (const { owner, next, metadata } of moved) {
      owner.committed = next
      owner.told = metadata
    }
  }

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

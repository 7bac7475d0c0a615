import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka, NextOffset, RawRecord, ReadBatch } from '@millrace/kafka'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { type FollowedTopics, followTopics } from './followed-topics.ts'
import type { Handle } from './json-rows.ts'
import { countAhead, mustStartAnew, noteCaughtUp, noteProgress, readLedgerState, startAnew } from './ledger-state.ts'
import { movePositions, type Positions, PositionsMoved, readPositions } from './positions.ts'
import { type PreparedRows, prepareRows } from './prepare-rows.ts'
import { isPast, type Probe, probe } from './probe.ts'
import { DAY_MS } from './project-events.ts'
import { emptyRows, joined, type LedgerRows } from './rows.ts'
import type { Sealer } from './sealer.ts'
import { settle, type Watermarks } from './settle.ts'
import { writeChanges, writeCounts, writeRows } from './write-rows.ts'

export interface ProjectorParts {
  readonly db: Kysely<Tables>
  readonly kafka: Kafka
  readonly log: { info(facts: object, text: string): void; warn(facts: object, text: string): void }
  /** Days for which payloads are kept. */
  readonly payloadDays: number
  /** Encrypts what rows hold of somebody; without it they hold it as it is. */
  readonly sealer?: Sealer | undefined
  /** Told of what was written. */
  readonly onWritten: (written: Written) => void
}

export interface Written {
  readonly records: number
  /** Everything written to the topics until then is in; undefined while that is not known anew. */
  readonly asOf: number | undefined
}

/** Records and bytes in one transaction at most. */
const MAX_RECORDS = 4_000
const MAX_BYTES = 8 * 1_048_576
/** A batch below this waits for company: a transaction costs the same for one record as for fifty. */
const SMALL_BATCH = 400
const LINGER_MS = 100
/** How often it is looked up how far the groups are, and how long it may take until a wiped database is noticed when nothing happens. */
const PROBE_EVERY_MS = 2_000

/**
 * Projects the topics into the ledger from where it is, until `signal` aborts. Rows and positions go in one transaction: whatever is killed, each record
 * counts once.
 * @throws PositionsMoved when somebody else wrote the ledger or emptied it, KafkaError `MR_KAFKA_LOG_CUT` when a topic is another one now, and the
 * database's errors. Whoever calls begins again.
 */
export async function project(parts: ProjectorParts, signal: AbortSignal): Promise<void> {
  const { db, kafka, log } = parts
  const followed = followTopics(kafka)
  const [clusterId, starts] = await Promise.all([kafka.clusterId(), readStarts(kafka, followed.topics)])
  await beginLedger(parts, followed.topics, clusterId)
  const stored = await readPositions(db)
  const ledger = createWriter(parts, stored, starts)
  const stop = new AbortController()
  const reading = kafka.readBatches(followed.topics, {
    from: [...stored.values()],
    maxRecords: MAX_RECORDS,
    maxBytes: MAX_BYTES,
    signal: AbortSignal.any([signal, stop.signal]),
  })
  const batches = turns(reading, stop, () => ledger.hasMore())
  let writing: Promise<unknown> = Promise.resolve()
  log.info({ positions: stored.size }, 'projecting into the ledger')
  try {
    for await (const batch of batches) {
      const rows = await readRows(followed, batch?.records ?? [], parts.sealer)
      const prepared = prepareRows(rows, Math.floor(Date.now() / DAY_MS) - parts.payloadDays, parts.sealer)
      // Made ready while the batch before is still being written.
      await writing
      if (signal.aborted) return
      writing = ledger.write(prepared, batch)
      writing.catch(() => {})
      if ((batch?.records.length ?? 0) < SMALL_BATCH) {
        await writing
        if (!ledger.hasMore()) await sleep(LINGER_MS, undefined, { signal }).catch(() => {})
      }
    }
    await writing
  } finally {
    await writing.catch(() => {})
  }
}

/** What records tell, without those of subjects that were erased. */
async function readRows(
  followed: FollowedTopics,
  records: readonly RawRecord[],
  sealer: Sealer | undefined,
): Promise<LedgerRows> {
  const rows = emptyRows()
  if (sealer === undefined) {
    for (const record of records) followed.read(record)?.project(rows)
    return rows
  }
  const read = records.flatMap((record) => followed.read(record) ?? [])
  for (const life of ['aging', 'lasting'] as const)
    await sealer.prepare(
      read.flatMap((record) => (record.life === life ? (record.subject ?? []) : [])),
      life,
    )
  for (const { subject, life, isPlain, project } of read)
    if (subject === null || !isPlain || !sealer.isErased(subject, life)) project(rows)
  return rows
}

async function beginLedger(
  { db, kafka, log }: ProjectorParts,
  topics: Parameters<typeof countAhead>[1],
  clusterId: string,
) {
  const state = await readLedgerState(db)
  if (!mustStartAnew(state, clusterId)) return
  const total = await countAhead(kafka, topics, new Map())
  log.info({ records: total, of: state === undefined ? 'nothing' : 'an older ledger' }, 'the ledger is built anew')
  await db.transaction().execute((trx) => startAnew(trx, clusterId, total))
}

async function readStarts(
  kafka: Kafka,
  topics: Parameters<typeof countAhead>[1],
): Promise<ReadonlyMap<string, bigint>> {
  const starts = await Promise.all(topics.map(async (topic) => [topic.name, await kafka.starts(topic)] as const))
  return new Map(
    starts.flatMap(([name, found]) =>
      Array.from(found, ([partition, start]) => [joined(name, partition), start] as const),
    ),
  )
}

/**
 * Batches as they come, and undefined whenever none came for a moment: there may be something else to do, and is at once where `hasMore`. Its end stops
 * the reading.
 */
async function* turns(
  batches: AsyncIterable<ReadBatch>,
  stop: AbortController,
  hasMore: () => boolean,
): AsyncGenerator<ReadBatch | undefined> {
  const iterator = batches[Symbol.asyncIterator]()
  let coming = iterator.next()
  try {
    while (!stop.signal.aborted) {
      const timer = new AbortController()
      const idle = sleep(hasMore() ? 0 : PROBE_EVERY_MS / 4, undefined, { signal: timer.signal }).catch(() => undefined)
      const next = await Promise.race([coming, idle])
      timer.abort()
      if (next?.done) return
      if (next !== undefined) coming = iterator.next()
      yield next?.value
    }
  } finally {
    // A read that is waited for ends only with its signal.
    stop.abort()
    await coming.catch(() => {})
    await iterator.return?.()
  }
}

/** Writes batches one after the other, each with what the brokers told meanwhile. */
function createWriter(parts: ProjectorParts, stored: Positions, starts: ReadonlyMap<string, bigint>) {
  const { db, onWritten } = parts
  /** Memory runs ahead of the table by what is no record. */
  const reached: Positions = new Map(stored)
  const unsaved = new Map<string, NextOffset>()
  const days = new Set<number>()
  const prober = createProber(parts)
  let wanted: Watermarks = new Map()
  /** When these watermarks were asked for: everything written until then is in once they are settled. */
  let wantedAt: number | undefined

  const write = async (prepared: PreparedRows, batch: ReadBatch | undefined) => {
    const { rows } = prepared
    for (const next of batch?.next ?? []) {
      const place = joined(next.topic, next.partition)
      reached.set(place, next)
      unsaved.set(place, next)
    }
    const seen = wantedAt === undefined ? prober.past(reached, starts) : undefined
    if (seen !== undefined) {
      wanted = seen.done
      wantedAt = seen.at
    }
    const records = batch?.records ?? []
    if (records.length === 0 && wantedAt === undefined) return
    const next = [...unsaved.values()]
    const passed = lengthOf(next, stored, starts)
    const { made, isMore } = await db.transaction().execute(async (trx) => {
      await planByKey(trx)
      await movePositions(trx, stored, next)
      const made = await writeRows(trx, prepared, days)
      const isMore = await settle(trx, rows, wanted)
      await writeCounts(trx, rows)
      await writeChanges(trx, rows, Date.now())
      if (next.length > 0) await noteProgress(trx, passed)
      // Not before all are settled; but whether it still is the ledger that it was is asked each time.
      if (wantedAt !== undefined && !(await noteCaughtUp(trx, isMore ? 0 : wantedAt)))
        throw new PositionsMoved('the ledger was emptied, or is to be built anew')
      return { made, isMore }
    })
    for (const one of next) stored.set(joined(one.topic, one.partition), one)
    unsaved.clear()
    for (const day of made) days.add(day)
    onWritten({ records: records.length, asOf: isMore ? undefined : wantedAt })
    if (isMore) return
    wanted = new Map()
    wantedAt = undefined
  }
  return {
    write,
    /** Whether events are left to be settled that need no new record. */
    hasMore: () => wantedAt !== undefined,
  }
}

/**
 * Rows are looked up by key, few of many. For want of current statistics a plan would read whole tables instead, and be slower with every event there is.
 */
async function planByKey(trx: Handle): Promise<void> {
  await sql`select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`.execute(trx)
}

/** Offsets between where the ledger was and is. */
function lengthOf(next: readonly NextOffset[], stored: Positions, starts: ReadonlyMap<string, bigint>): number {
  return next.reduce((sum, { topic, partition, offset }) => {
    const place = joined(topic, partition)
    return sum + Number(offset - (stored.get(place)?.offset ?? starts.get(place) ?? 0n))
  }, 0)
}

/** Asks the brokers now and then, one question at a time; tells an answer once the ledger is past it. */
function createProber({ kafka, log }: ProjectorParts) {
  let asked = 0
  let isAsking = false
  let answer: Probe | undefined
  const ask = async () => {
    asked = Date.now()
    isAsking = true
    try {
      answer = await probe(kafka)
    } catch (error) {
      log.warn({ error }, 'how far the consumers are cannot be asked')
    }
    isAsking = false
  }
  return {
    past(positions: Positions, starts: ReadonlyMap<string, bigint>): Probe | undefined {
      if (answer !== undefined && isPast(answer, positions, starts)) {
        const past = answer
        answer = undefined
        return past
      }
      if (answer === undefined && !isAsking && Date.now() - asked >= PROBE_EVERY_MS) void ask()
      return undefined
    },
  }
}

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka, Log } from '@millrace/kafka'
import { auditKey, hashOf, readAudit } from '@millrace/operations'
import { type AuditEntry, topics } from '@millrace/schemas'
import type { Kysely } from 'kysely'
import { isGivenUp, type RestingTexts } from '../db/resting.ts'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import type { AuditRow } from './tables.ts'

/** Writes the entries of the chain to the topic, in order, by one process at a time. */
export interface AuditRelay {
  /** There is something to write. */
  wake(): void
  /** Resolves when the topic has the entry. @throws ConsoleError `MR_CONSOLE_AUDIT_AWAY` when it has not within `withinMs` */
  written(sequence: number, withinMs: number): Promise<void>
  close(): Promise<void>
}

const AT_ONCE = 100
/** Entries of other processes, and those that a stopped one left. */
const LOOK_EVERY_MS = 1_000
const LEASE_MS = 10_000
const RETRY_MS = 1_000
const TOLD_AFTER = 5
const RESTORED_AT_ONCE = 200

interface Parts {
  readonly db: Kysely<Tables>
  readonly kafka: Kafka
  readonly log: Log
  readonly resting: RestingTexts
}

export function startRelay({ db, kafka, log, resting }: Parts): AuditRelay {
  const me = randomUUID()
  const stop = new AbortController()
  let woken = Promise.withResolvers<void>()
  let [doneUntil, isRestored, failures] = [0, false, 0]

  const round = async () => {
    // A database that was wiped meanwhile has lost them again.
    if (!isRestored || (await isEmpty(db))) {
      await restore({ db, kafka, log, resting })
      isRestored = true
    }
    if (!(await holdLease(db, me))) return
    for (;;) {
      const rows = await unwritten(db)
      for (const row of rows) doneUntil = Math.max(doneUntil, await write(db, kafka, row))
      if (rows.length < AT_ONCE || stop.signal.aborted) return
    }
  }

  const run = async () => {
    while (!stop.signal.aborted) {
      woken = Promise.withResolvers<void>()
      let pauseMs = LOOK_EVERY_MS
      try {
        await round()
        failures = 0
      } catch (error) {
        // Tables and topics may come a moment after this process.
        if (++failures === TOLD_AFTER) log.warn({ error }, 'audit entries wait for the topic')
        pauseMs = RETRY_MS
      }
      await Promise.race([woken.promise, sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => {})])
    }
    await releaseLease(db, me).catch(() => {})
  }
  const running = run()

  return {
    wake: () => woken.resolve(),
    async written(sequence, withinMs) {
      const end = Date.now() + withinMs
      for (;;) {
        woken.resolve()
        if (doneUntil >= sequence || (await isWritten(db, sequence))) return
        if (Date.now() > end) throw new ConsoleError('MR_CONSOLE_AUDIT_AWAY', { retryAfterSeconds: 5 })
        await sleep(10)
      }
    },
    async close() {
      stop.abort()
      woken.resolve()
      await running
    },
  }
}

/** Two processes that write at once would only repeat entries, which does no harm; the lease keeps that rare. */
async function holdLease(db: Kysely<Tables>, me: string): Promise<boolean> {
  const now = Date.now()
  const { numUpdatedRows } = await db
    .updateTable('audit_relay')
    .set({ holder: me, until: now + LEASE_MS })
    .where((where) => where.or([where('holder', '=', me), where('until', '<', now)]))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

async function releaseLease(db: Kysely<Tables>, me: string): Promise<void> {
  await db.updateTable('audit_relay').set({ until: 0 }).where('holder', '=', me).execute()
}

async function unwritten(db: Kysely<Tables>): Promise<AuditRow[]> {
  return await db
    .selectFrom('audit_entries')
    .selectAll()
    .where('topic_offset', 'is', null)
    .orderBy('sequence')
    .limit(AT_ONCE)
    .execute()
}

/** A lost answer writes it once more: the same bytes, which the check of the chain knows. */
async function write(db: Kysely<Tables>, kafka: Kafka, row: AuditRow): Promise<number> {
  const { topic_offset: _, ...entry } = row
  const { hash, ...hashed } = entry
  // A row that was altered, or whose key is not there yet: the topic must not say that this was noted. Where the key was given up, `audit verify` finds it.
  if (hashOf(hashed) !== hash && !isGivenUp(entry))
    throw new Error(`audit entry ${entry.sequence} in the database is not what was noted`)
  const { offset } = await kafka.send(topics.audit, auditKey(entry), entry)
  await db
    .updateTable('audit_entries')
    .set({ topic_offset: Number(offset) })
    .where('sequence', '=', entry.sequence)
    .execute()
  return entry.sequence
}

async function isEmpty(db: Kysely<Tables>): Promise<boolean> {
  return (await db.selectFrom('audit_entries').select('sequence').limit(1).executeTakeFirst()) === undefined
}

async function isWritten(db: Kysely<Tables>, sequence: number): Promise<boolean> {
  const row = await db
    .selectFrom('audit_entries')
    .select('topic_offset')
    .where('sequence', '=', sequence)
    .executeTakeFirst()
  return row !== undefined && row.topic_offset !== null
}

/** Brings back what the topic has and a wiped database lacks. */
async function restore({ db, kafka, log, resting }: Parts): Promise<void> {
  let rows: AuditRow[] = []
  let count = 0
  const store = async () => {
    if (rows.length === 0) return
    const stored = await db
      .insertInto('audit_entries')
      .values(rows)
      .onConflict((conflict) => conflict.column('sequence').doNothing())
      .executeTakeFirst()
    count += Number(stored.numInsertedOrUpdatedRows ?? 0)
    rows = []
  }
  for await (const { entry, offset } of readAudit(kafka)) {
    if (entry === null) continue
    rows.push(atRest(rowOf(entry, offset), resting))
    if (rows.length >= RESTORED_AT_ONCE) await store()
  }
  await store()
  if (count > 0) log.info({ count }, 'audit entries were read back from the topic')
}

/** As the database gets it. */
export function atRest<R extends Pick<AuditEntry, 'reason' | 'detail_json'>>(
  row: R,
  { seal, sealJson }: RestingTexts,
): R {
  return { ...row, reason: seal(row.reason), detail_json: sealJson(row.detail_json) }
}

function rowOf(entry: AuditEntry, offset: bigint): AuditRow {
  const { tenant, sequence, previous_hash, at, actor_id, actor_name, actor_kind, action, subject } = entry
  const { reason, approval_id, outcome, detail_json, hash, mac } = entry
  const who = { actor_id, actor_name, actor_kind }
  const what = { action, subject, reason, approval_id, outcome, detail_json }
  return { tenant, sequence, previous_hash, at, ...who, ...what, hash, mac, topic_offset: Number(offset) }
}

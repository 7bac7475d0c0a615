import type { Kysely } from 'kysely'
import type { z } from 'zod'
import { isDatabaseAway } from '../access/outage.ts'
import type { Tables } from '../db/tables.ts'
import type { KafkaWatch } from './kafka-watch.ts'
import type { ledgerState } from './schemas/common.ts'

export type LedgerState = z.infer<typeof ledgerState>

/** The projector tells several times as often that it is up to date. */
const STALE_AFTER_MS = 15_000
/** The same where Kafka gives no answer either. */
const DOUBTED_AFTER_MS = 6_000
/** Who asks how current the ledger is waits no longer than this for Kafka to say whether it is there. */
const PATIENCE_MS = 1_500
const KAFKA_AWAY = 'Kafka does not answer: nothing is taken in or delivered; senders get 503 and repeat'

export interface LedgerWatch {
  /** How current the ledger is now; answers while the database is away, too. */
  read(): Promise<LedgerState>
}

/** Remembers up to when the ledger was known to be complete, so that this can be told while the database is away. */
export function watchLedger(db: Kysely<Tables>, kafka: KafkaWatch, now = Date.now): LedgerWatch {
  let lastAsOf: number | undefined
  return {
    async read() {
      try {
        const row = await db.selectFrom('ledger_state').selectAll().executeTakeFirst()
        if (row !== undefined && row.as_of > 0) lastAsOf = row.as_of
        return await judge(row, kafka, now())
      } catch (error) {
        if (!isDatabaseAway(error) && !isEmptied(error)) throw error
        const stale = { state: 'stale', stale_since: lastAsOf ?? now(), lag_records: null } as const
        // Of the two it is what nothing can be taken in without.
        if (kafka.isAway()) return { ...stale, cause: 'kafka', reason: KAFKA_AWAY }
        const reason = isEmptied(error) ? 'the database was emptied' : 'the database does not answer'
        return { ...stale, cause: 'database', reason }
      }
    },
  }
}

/** A projection that stands because Kafka is away is another matter than one that stands by itself. */
async function judge(row: Standing | undefined, kafka: KafkaWatch, now: number): Promise<LedgerState> {
  const state = stateOf(row, now)
  const isDoubted = row !== undefined && row.as_of > 0 && now - row.as_of > DOUBTED_AFTER_MS
  const isAway = state.state === 'stale' ? await kafka.isAwayFor(PATIENCE_MS) : kafka.isAway() && isDoubted
  if (!isAway) return state
  return { state: 'stale', stale_since: row?.as_of ?? null, lag_records: null, cause: 'kafka', reason: KAFKA_AWAY }
}

interface Standing {
  readonly as_of: number
  readonly rebuild_total: number
  readonly rebuild_done: number
}

/** `now`: epoch milliseconds. */
export function stateOf(row: Standing | undefined, now: number): LedgerState {
  if (row === undefined || row.rebuild_total > 0) {
    const left = row === undefined ? null : Math.max(0, row.rebuild_total - row.rebuild_done)
    const progress =
      row === undefined || row.rebuild_total === 0 ? '' : `: ${row.rebuild_done} of ${row.rebuild_total} records`
    return {
      state: 'catching-up',
      stale_since: row?.as_of || null,
      lag_records: left,
      cause: null,
      reason: `the ledger is being built${progress}`,
    }
  }
  if (now - row.as_of > STALE_AFTER_MS)
    return {
      state: 'stale',
      stale_since: row.as_of,
      lag_records: null,
      cause: 'projection',
      reason: 'the projection of the topics does not go on',
    }
  return { state: 'live', stale_since: null, lag_records: 0, cause: null, reason: null }
}

/** Its tables are made anew within seconds: undefined_table of https://www.postgresql.org/docs/current/errcodes-appendix.html. */
function isEmptied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P01'
}

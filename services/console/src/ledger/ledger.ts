import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from '@millrace/kafka'
import { isDatabaseAway } from '../access/outage.ts'
import type { Database } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import { whileLeading } from './leadership.ts'
import { askForRebuild } from './ledger-state.ts'
import { PositionsMoved } from './positions.ts'
import { project, type Written } from './projector.ts'
import { startRetention } from './retention.ts'
import type { Sealer } from './sealer.ts'

export interface LedgerParts {
  readonly database: Database
  readonly kafka: Kafka
  readonly log: {
    info(facts: object, text: string): void
    warn(facts: object, text: string): void
    error(facts: object, text: string): void
  }
  /** Days for which payloads, and everything else that belongs to an event, are kept. */
  readonly payloadDays: number
  readonly days: number
  /** Encrypts what rows hold of somebody; without it they hold it as it is. */
  readonly sealer?: Sealer | undefined
  readonly onWritten?: (written: Written) => void
  /** As of `RetentionParts`: what else ends by age, by the process that projects. */
  readonly retain?: ((now: number, signal: AbortSignal) => Promise<void>) | undefined
}

/** The ledger of this process: it projects, or stands by while another one does. */
export interface Ledger {
  /** Has it emptied and built anew from the topics. @throws the database's error */
  rebuild(): Promise<void>
  /** Stops taking records; what is being written is finished. Idempotent. */
  close(): Promise<void>
}

const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 5_000

/** Keeps the ledger as the topics are. Nothing that is away ends it: it waits, and goes on from the positions that the database holds. */
export function startLedger(parts: LedgerParts): Ledger {
  const { database, kafka, log, payloadDays, sealer, onWritten = () => {} } = parts
  const { db } = database
  const stopping = new AbortController()
  const { signal } = stopping

  const lead = async (leading: AbortSignal) => {
    const retention = startRetention(parts, leading)
    try {
      await project({ db, kafka, log, payloadDays, sealer, onWritten }, leading)
    } finally {
      await retention.close()
    }
  }
  const run = async () => {
    for (let failures = 0; !signal.aborted; ) {
      const began = Date.now()
      try {
        // A wiped database is one without tables.
        await migrate(db)
        await whileLeading(database, lead, signal)
        failures = 0
      } catch (error) {
        failures = Date.now() - began > LONGEST_WAIT_MS ? 1 : failures + 1
        tell(parts, error)
        if ((error as { code?: unknown }).code === 'MR_KAFKA_LOG_CUT')
          await askForRebuild(db, Date.now()).catch(() => {})
      }
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures)
      await sleep(waitMs, undefined, { signal }).catch(() => {})
    }
  }
  const running = run()
  return {
    rebuild: () => askForRebuild(db, Date.now()),
    close: async () => {
      stopping.abort()
      await running
    },
  }
}

function tell({ log }: LedgerParts, error: unknown): void {
  const facts = { error }
  if (error instanceof PositionsMoved) log.info({ reason: error.message }, 'the ledger begins again from what is there')
  else if (isDatabaseAway(error)) log.warn(facts, 'the ledger waits for the database')
  else log.error(facts, 'the ledger could not be written, will be tried again')
}

import { mkdirSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import { type OpenRestingParts, openResting } from './resting.ts'
import { type OpenSealedParts, openSealed } from './sealed.ts'
import type { Tables } from './tables.ts'

export interface DatabaseOptions {
  /** `postgres://…`; undefined: PGlite, an embedded Postgres of this process alone. */
  readonly url?: string | undefined
  /** PGlite's directory, made where it is missing; undefined: in memory. */
  readonly directory?: string | undefined
  /** Connections of this process at most. Default 10; PGlite has one. */
  readonly maxConnections?: number
  /** Milliseconds that one statement may take. Default 30 000. */
  readonly statementTimeoutMs?: number
  /** Told of a connection that broke while nobody used it. */
  readonly onLost?: (error: Error) => void
  /** Opens what rows hold encrypted; without it, queries give it as it is. */
  readonly sealed?: OpenSealedParts | undefined
  /** Opens texts of rows that are no projection; without it, queries give them as they are. */
  readonly resting?: OpenRestingParts | undefined
}

export interface Database {
  /** Inside `transaction()`, everything goes through its own handle: with PGlite, `db` itself would wait for the transaction for ever. */
  readonly db: Kysely<Tables>
  readonly kind: 'postgres' | 'pglite'
  /** Idempotent. */
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 5_000
const IDLE_MS = 30_000

/** Opens on first use; a Postgres that is away is an error of each query, and is reached again by the next. */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, directory, sealed, resting } = options
  const isEmbedded = url === undefined
  const db = new Kysely<Tables>({
    plugins: [
      ...(sealed === undefined ? [] : [openSealed(sealed)]),
      ...(resting === undefined ? [] : [openResting(resting)]),
    ],
    dialect: isEmbedded
      ? new PGliteDialect({ pglite: async () => await openEmbedded(directory) })
      : new PostgresDialect({ pool: openPool(url, options) }),
  })
  let closed: Promise<void> | undefined
  return {
    db,
    kind: isEmbedded ? 'pglite' : 'postgres',
    close: () => {
      closed ??= db.destroy()
      return closed
    },
  }
}

function openPool(url: string, { maxConnections = 10, statementTimeoutMs = 30_000, onLost }: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_MS,
    statement_timeout: statementTimeoutMs,
    // Of a server that is gone without a word: the statement's own limit cannot reach it.
    query_timeout: statementTimeoutMs + CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'millrace-console',
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) },
  })
  pool.on('error', (error) => onLost?.(error))
  // The pool listens to idle connections only: one that breaks while somebody holds it would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Counts, times and offsets stay far below 2^53. */
const INT8 = 20
const BYTEA = 17

async function openEmbedded(directory: string | undefined): Promise<PGlite> {
  if (directory !== undefined) mkdirSync(directory, { recursive: true })
  return await PGlite.create({
    ...(directory === undefined ? {} : { dataDir: directory }),
    parsers: { [INT8]: Number, [BYTEA]: (text: string) => Buffer.from(text.slice(2), 'hex') },
  })
}

import { checkRedisKeepsKeys, withRedis } from '@millrace/service-kit'
import { Client } from 'pg'
import { quietLog } from '../quiet-log.ts'
import type { CliSettings } from '../settings.ts'
import { clockFinding, type Finding, failure, ok, skipped, warning } from './finding.ts'

const CONNECT_WITHIN_MS = 5_000
const OLDEST_POSTGRES = 140_000

/** Redis: whether it answers, keeps every key, and what a restart of it costs. */
export async function checkRedis(settings: CliSettings): Promise<Finding[]> {
  return withRedis(settings, quietLog, async (redis) => {
    try {
      const before = Date.now()
      const [seconds, micros] = await redis.time()
      const clock = clockFinding('clock of Redis', Number(seconds) * 1_000 + Number(micros) / 1_000, before, Date.now())
      let warned = false
      await checkRedisKeepsKeys(redis, { warn: () => (warned = true) })
      const keeps = warned
        ? warning('Redis', 'answers, but does not tell its maxmemory-policy', 'make sure that it is noeviction')
        : ok('Redis', 'answers, evicts nothing')
      return [keeps, clock]
    } catch (error) {
      const { code, message } = error as { code?: string; message: string }
      const isEvicting = code === 'MR_SERVICE_REDIS_EVICTS'
      const fix = isEvicting
        ? 'CONFIG SET maxmemory-policy noeviction, and in its configuration: an evicted claim lets a duplicate pass'
        : 'check REDIS_URL (rediss:// for TLS), its password, and that it runs'
      return [failure('Redis', isEvicting ? message : 'does not answer', fix)]
    }
  })
}

/** The console's database, where this process is told of it: only the console's own settings say whether it has one of its own. */
export async function checkPostgres({ databaseUrl }: Pick<CliSettings, 'databaseUrl'>): Promise<Finding[]> {
  if (databaseUrl === undefined)
    return [
      skipped(
        'Postgres',
        'not checked: DATABASE_URL is not set here. Only a console without it too has an embedded one',
      ),
    ]
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_WITHIN_MS })
  // Without a listener a broken connection would end the process; the query that it breaks tells of it too.
  client.on('error', () => {})
  try {
    await client.connect()
    const before = Date.now()
    const { rows } = await client.query<{ ms: string; version: string }>(
      "select extract(epoch from clock_timestamp()) * 1000 as ms, current_setting('server_version_num') as version",
    )
    const [row] = rows
    const clock = clockFinding('clock of Postgres', Math.round(Number(row?.ms)), before, Date.now())
    const version = Number(row?.version)
    const fix = 'use PostgreSQL 14 or later'
    if (version < OLDEST_POSTGRES) return [failure('Postgres', `version ${Math.floor(version / 10_000)}`, fix), clock]
    return [ok('Postgres', `answers, version ${Math.floor(version / 10_000)}`), clock]
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    const fix = 'check DATABASE_URL (?sslmode=verify-full for TLS), its user and password, and that it runs'
    return [failure('Postgres', `cannot be used (${code ?? message})`, fix)]
  } finally {
    await client.end().catch(() => {})
  }
}

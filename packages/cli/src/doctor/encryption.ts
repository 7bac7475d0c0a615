import type { CliSettings } from '../settings.ts'
import { type Finding, failure, ok, skipped } from './finding.ts'

/** Modes in which libpq and its kin check whose certificate it is (https://www.postgresql.org/docs/current/libpq-ssl.html). */
const CHECKED_MODES = new Set(['verify-full', 'verify-ca', 'require'])

type Looked = Pick<CliSettings, 'environment' | 'kafkaTls' | 'kafkaSaslMechanism' | 'redisUrl' | 'databaseUrl'>

/** Whether what is asked for in production is encrypted on its way: URLs come from secrets, which no chart can look into. Asks nobody. */
export function checkEncryption(settings: Looked): Finding {
  const part = 'encryption'
  const { environment, kafkaTls, kafkaSaslMechanism, redisUrl, databaseUrl } = settings
  if (environment !== 'production') return skipped(part, `NODE_ENV is ${environment}`)
  const open = [
    ...(kafkaTls ? [] : ['Kafka (KAFKA_TLS=true)']),
    ...(kafkaSaslMechanism === undefined ? ['Kafka’s login (KAFKA_SASL_MECHANISM)'] : []),
    ...(redisUrl.startsWith('rediss:') ? [] : ['Redis (rediss:// in REDIS_URL)']),
    ...(databaseUrl === undefined || isChecked(databaseUrl) ? [] : ['Postgres (?sslmode=verify-full in DATABASE_URL)']),
  ]
  if (open.length === 0) return ok(part, 'Kafka, Redis and Postgres are asked for TLS')
  return failure(
    part,
    `production without: ${open.join(', ')}`,
    'set what stands in brackets; they carry people’s mail',
  )
}

function isChecked(databaseUrl: string): boolean {
  const mode = URL.parse(databaseUrl)?.searchParams.get('sslmode')
  return mode !== null && mode !== undefined && CHECKED_MODES.has(mode)
}

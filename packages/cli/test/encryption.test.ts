import { expect, test } from 'vitest'
import { checkEncryption } from '../src/doctor/encryption.ts'

const safe = {
  environment: 'production',
  kafkaTls: true,
  kafkaSaslMechanism: 'scram-sha-512',
  redisUrl: 'rediss://redis:6379',
  databaseUrl: 'postgres://millrace@postgres/millrace?sslmode=verify-full',
} as const

test('production that asks for TLS everywhere has no finding', () => {
  expect(checkEncryption(safe).state).toBe('ok')
})

test.for([
  [{ kafkaTls: false }, 'KAFKA_TLS=true'],
  [{ kafkaSaslMechanism: undefined }, 'KAFKA_SASL_MECHANISM'],
  [{ redisUrl: 'redis://redis:6379' }, 'rediss://'],
  [{ databaseUrl: 'postgres://millrace@postgres/millrace' }, 'sslmode=verify-full'],
  [{ databaseUrl: 'postgres://millrace@postgres/millrace?sslmode=prefer' }, 'sslmode=verify-full'],
] as const)('production with %j fails and says what to set', ([changed, named]) => {
  const finding = checkEncryption({ ...safe, ...changed })
  expect(finding.state).toBe('failure')
  expect(finding.text).toContain(named)
})

test('elsewhere it is not asked for', () => {
  expect(checkEncryption({ ...safe, environment: 'development', kafkaTls: false }).state).toBe('skipped')
})

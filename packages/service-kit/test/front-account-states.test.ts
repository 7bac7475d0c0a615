import { randomUUID } from 'node:crypto'
import { startFrontSimulator } from '@millrace/test-support'
import { createNoopMeter } from '@opentelemetry/api'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { readFrontAccountStates } from '../src/front-account-states.ts'
import { createFrontClients } from '../src/front-clients.ts'
import { holdSources } from '../src/hold-sources.ts'
import type { Account } from '../src/sources.ts'
import { recordingLog } from './recording-log.ts'

const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `${randomUUID()}:` })
afterAll(() => redis.disconnect())

test('an account whose token lacks a scope is told to be degraded, with the scope, until it has it or another token', async () => {
  const front = await startFrontSimulator({ token: 'right', autoCreate: true })
  const account: Account = {
    ...{ tenant: 'north', name: 'acme', provider: 'front', apiToken: 'right', baseUrl: front.url },
    callsPerMinute: 600,
  }
  const sources = holdSources({ sources: [], accounts: [account], tenants: [] })
  const { logger, entries } = recordingLog()
  const clients = createFrontClients({ sources, redis, log: logger, meter: createNoopMeter(), onClose() {} })
  const states = () => readFrontAccountStates({ redis, sources })
  const about = { tenant: 'north', account: 'acme', is_callable: true, calls_per_minute: 600 }
  expect(await states()).toEqual([{ ...about, is_degraded: false, refused: [] }])

  front.scopes(['conversations:*:read'])
  await expect(clients.of('north', 'acme')?.listEvents({ maxWaitMs: 5_000 })).rejects.toMatchObject({
    code: 'MR_FRONT_FORBIDDEN',
  })
  const refused = { route: '/events', status: 403, missing_scopes: ['events:*:read'] }
  await expect.poll(states).toMatchObject([{ ...about, is_degraded: true, refused: [refused] }])

  const [line] = entries().filter(({ message }) => message === 'Front refuses the token of this account')
  expect(line).toMatchObject({ account: 'north/acme', status: 403, missingScopes: ['events:*:read'] })

  sources.replace({ sources: [], accounts: [{ ...account, apiToken: 'other' }], tenants: [] })
  expect(await states()).toMatchObject([{ is_degraded: false, refused: [] }])
  await clients.close()
  await front.close()
})

test('nothing is told, soon, while Redis does not answer', async () => {
  const sources = holdSources({
    sources: [],
    accounts: [{ tenant: 'a', name: 'a', provider: 'front', baseUrl: 'http://127.0.0.1:1', callsPerMinute: 50 }],
    tenants: [],
  })
  const mute = { hgetall: () => new Promise<never>(() => {}) }
  expect(await readFrontAccountStates({ redis: mute, sources })).toBeNull()
})

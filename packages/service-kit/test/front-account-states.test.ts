import { randomUUID } from 'node:crypto'
import { startFrontSimulator, waitFor } from '@millrace/test-support'
import { createNoopMeter } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { observeFrontAccounts } from '../src/front-account-metrics.ts'
import { type FrontAccountStatesOptions, readFrontAccountStates } from '../src/front-account-states.ts'
import { createFrontClients } from '../src/front-clients.ts'
import { holdSources } from '../src/hold-sources.ts'
import type { Account } from '../src/sources.ts'
import { recordingLog } from './recording-log.ts'

const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `${randomUUID()}:` })
afterAll(() => redis.disconnect())

/** A busy machine may let the second pass in which Redis has to answer. */
const told = (options: FrontAccountStatesOptions) =>
  waitFor(() => readFrontAccountStates(options), { what: 'the states' })

test('an account whose token lacks a scope is told to be degraded, with the scope, until it has it or another token', async () => {
  const front = await startFrontSimulator({ token: 'right', autoCreate: true })
  const account: Account = {
    ...{ tenant: 'north', name: 'acme', provider: 'front', apiToken: 'right', baseUrl: front.url },
    callsPerMinute: 600,
  }
  const sources = holdSources({ sources: [], accounts: [account], tenants: [] })
  const { logger, entries } = recordingLog()
  const clients = createFrontClients({ sources, redis, log: logger, meter: createNoopMeter(), onClose() {} })
  const states = () => told({ redis, sources })
  const about = { tenant: 'north', account: 'acme', is_callable: true, calls_per_minute: 600 }
  const unknown = { plan: null, remaining: null, burst_remaining: null }
  const never = { last_success_at: null, last_failure_at: null, last_failure: null }
  expect(await states()).toMatchObject([{ ...about, ...unknown, ...never, is_degraded: false, refused: [] }])

  front.scopes(['conversations:*:read'])
  await expect(clients.of('north', 'acme')?.listEvents({ maxWaitMs: 5_000 })).rejects.toMatchObject({
    code: 'MR_FRONT_FORBIDDEN',
  })
  const refused = { route: '/events', status: 403, missing_scopes: ['events:*:read'] }
  await expect.poll(states, { timeout: 60_000 }).toMatchObject([{ ...about, is_degraded: true, refused: [refused] }])

  const [line] = entries().filter(({ message }) => message === 'Front refuses the token of this account')
  expect(line).toMatchObject({ account: 'north/acme', status: 403, missingScopes: ['events:*:read'] })

  sources.replace({ sources: [], accounts: [{ ...account, apiToken: 'other' }], tenants: [] })
  expect(await states()).toMatchObject([{ is_degraded: false, refused: [] }])
  // Whoever has no tokens cannot tell former from present ones.
  expect(await told({ redis, sources, knowsTokens: false })).toMatchObject([{ refused: [refused] }])
  await clients.close()
  await front.close()
})

test('the plan as Front tells it, what is left of it, and when Front last answered and last did not', async () => {
  const front = await startFrontSimulator({ token: 'right', autoCreate: true, callsPerMinute: 100 })
  const account = { tenant: 'south', name: 'acme', provider: 'front', apiToken: 'right', baseUrl: front.url }
  const sources = holdSources({ sources: [], accounts: [{ ...account, callsPerMinute: 150 }], tenants: [] })
  const parts = { sources, redis, log: recordingLog().logger, onClose() {} }
  const clients = createFrontClients({ ...parts, meter: createNoopMeter() })
  const state = async () => (await told({ redis, sources }))[0]
  const began = Date.now()
  for (const id of ['cnv_1', 'cnv_2', 'cnv_3']) await clients.of('south', 'acme')?.getConversation(id)
  await expect
    .poll(state, { timeout: 60_000 })
    .toMatchObject({ calls_per_minute: 150, plan: 100, last_failure_at: null })
  const { remaining, burst_remaining, last_success_at, lanes } = (await state()) ?? {}
  expect(lanes?.filter(({ used }) => used > 0)).toEqual([{ lane: 'live-low', used: 3, is_waiting: false }])
  // Of the first 15 s a tenth of the plan is left to calls that Redis may have forgotten.
  expect(remaining).toBeGreaterThanOrEqual(75)
  expect(remaining).toBeLessThanOrEqual(97)
  expect(burst_remaining).toBeGreaterThan(0)
  expect(last_success_at).toBeGreaterThanOrEqual(began)

  const prometheus = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ readers: [prometheus] })
  observeFrontAccounts(provider.getMeter('test'), { redis, sources })
  const text = await waitFor(
    async () => {
      const scraped = new PrometheusSerializer().serialize((await prometheus.collect()).resourceMetrics)
      return scraped.includes('millrace_front_budget_plan{') && scraped
    },
    { what: 'the gauges' },
  )
  expect(text).toMatch(/^millrace_front_budget_plan\{.*account="south\/acme".*\} 100$/m)
  expect(text).toMatch(/^millrace_front_budget_remaining\{.*account="south\/acme".*\} [789]\d$/m)
  expect(text).toMatch(/^millrace_front_budget_burst\{/m)
  expect(text).toMatch(/^millrace_front_success_age\{/m)

  front.outage(true)
  await clients
    .of('south', 'acme')
    ?.getConversation('cnv_4')
    .catch(() => {})
  await expect.poll(state, { timeout: 60_000 }).toMatchObject({ last_success_at, last_failure: 'MR_FRONT_UNAVAILABLE' })
  expect((await state())?.last_failure_at).toBeGreaterThanOrEqual(last_success_at ?? Number.NaN)
  await clients.close()
  await Promise.all([provider.shutdown(), front.close()])
})

test('nothing is told, soon, while Redis does not answer', async () => {
  const sources = holdSources({
    sources: [],
    accounts: [{ tenant: 'a', name: 'a', provider: 'front', baseUrl: 'http://127.0.0.1:1', callsPerMinute: 50 }],
    tenants: [],
  })
  const mute = { hgetall: () => new Promise<never>(() => {}), zrangebyscore: () => new Promise<never>(() => {}) }
  expect(await readFrontAccountStates({ redis: mute, sources })).toBeNull()
})

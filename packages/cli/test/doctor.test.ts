import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startFrontSimulator, startPostgres } from '@millrace/test-support'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Env, millrace, ownTopics } from './support/millrace.ts'

const front = await startFrontSimulator()
const withToken: Env = {
  ...ownTopics(),
  KAFKA_EVENT_PARTITIONS: '1',
  REDIS_URL: process.env.REDIS_URL ?? '',
  FRONT_API_TOKEN: front.token,
  FRONT_API_BASE_URL: front.url,
  WEBHOOK_SECRET: 's',
}
let service: string
let gateway: string

beforeAll(async () => {
  gateway = await serve(200, { ok: true, version: '1' })
  service = await serve(503, {
    ok: false,
    checks: { started: { ok: true }, redis: { ok: false, reason: 'connection is end' } },
  })
})

afterAll(() => front.close())

test('an installation in order has no failure, and the exit code says so', async () => {
  const postgres = await startPostgres()
  onTestFinished(() => postgres.stop())
  const env = {
    ...withToken,
    CONSOLE_SERVICES: `dedup=${gateway}`,
    WEBHOOK_BASE_URL: gateway,
    DATABASE_URL: await postgres.createDatabase(),
  }
  await millrace(['topics', 'create'], env)
  const { code, out } = await millrace(['doctor'], env)
  expect(out).not.toContain('FAILURE')
  expect(out).toMatch(/ok +topics: \d+ as in the registry/)
  expect(out).toMatch(/ok +Redis: answers, evicts nothing/)
  expect(out).toMatch(/ok +Postgres: answers, version \d+/)
  expect(out).toMatch(/ok +Front, account default: takes the token/)
  expect(out).toMatch(/ok +clock of Postgres/)
  expect(out).toMatch(/warning +gateway: .* answers without TLS/)
  expect(code).toBe(0)
})

test('every failure comes with its fix: topics, a service, the token’s scopes, stores that are away', async () => {
  front.scopes(['conversations:*:read', 'inboxes:*:read'])
  onTestFinished(() => front.scopes(null))
  const env = {
    ...withToken,
    KAFKA_PREFIX: 'doctor.',
    CONSOLE_SERVICES: `dedup=${service},poller=http://127.0.0.1:1`,
    DATABASE_URL: 'postgres://x@127.0.0.1:1/x',
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
    WEBHOOK_BASE_URL: service,
  }
  const { code, out } = await millrace(['doctor', '--json'], env)
  const findings = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { part: string; state: string; text: string; fix?: string; details?: string[] })
  const of = (part: string) => findings.find((one) => one.part === part)
  expect(of('topics')).toMatchObject({ state: 'failure', fix: 'millrace topics create' })
  expect(of('topics')?.text).toMatch(/^\d+ are missing: [\w.-]+, [\w.-]+, [\w.-]+, and \d+ more \(--details\)$/)
  expect(of('topics')?.details).toContain('doctor.webhooks.events.v1')
  expect(of('service dedup')).toMatchObject({ state: 'failure', text: 'is not ready: redis: connection is end' })
  expect(of('service poller')).toMatchObject({ state: 'failure', text: expect.stringContaining('does not answer') })
  expect(of('schemas')).toMatchObject({ state: 'failure', fix: expect.stringContaining('SCHEMA_REGISTRY_URL') })
  expect(of('Postgres')).toMatchObject({ state: 'failure', fix: expect.stringContaining('DATABASE_URL') })
  expect(of('gateway')).toMatchObject({ state: 'failure' })
  expect(of('Front, account default')).toMatchObject({ state: 'failure', text: expect.stringContaining('events') })
  expect(
    findings.filter(({ state, fix }) => (state === 'failure' || state === 'warning') && fix === undefined),
  ).toEqual([])
  expect(code).toBe(1)
})

test('without Kafka the rest is looked at all the same', async () => {
  const { code, out } = await millrace(['doctor'], {
    ...withToken,
    CONSOLE_SERVICES: `dedup=${gateway}`,
    KAFKA_BROKERS: '127.0.0.1:1',
  })
  expect(out).toMatch(/FAILURE +Kafka: 127\.0\.0\.1:1 does not answer\n +→ check KAFKA_BROKERS/)
  expect(out).toMatch(/- +topics: Kafka does not answer/)
  expect(out).toMatch(/ok +Redis/)
  expect(code).toBe(1)
})

/** A server that answers everything alike. */
async function serve(status: number, body: object): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(body)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

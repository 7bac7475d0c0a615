import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { freePort } from '@millrace/local'
import { type AuditEntry, type Topic, topics } from '@millrace/schemas'
import { newSecret, newSecretKey } from '@millrace/signing'
import {
  patient,
  quietLog,
  type Receiver,
  runService,
  type ServiceProcess,
  startReceiver,
  waitFor,
} from '@millrace/test-support'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { showTenants } from '../src/retention-tenants.ts'
import { type Env, ownTopics } from './support/millrace.ts'
import { runInside } from './support/run-inside.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-console-'))
const services: ServiceProcess[] = []
const secret = newSecret()
let [kafka, receiver]: [Kafka | undefined, Receiver | undefined] = [undefined, undefined]
let [consoleUrl, adminToken] = ['', '']

/** The real console and the real delivery service: commands go to the one, what is approved goes out by the other. */
beforeAll(async () => {
  const [own, port, token] = [ownTopics(), await freePort(), randomUUID().repeat(2)]
  adminToken = token
  consoleUrl = `http://127.0.0.1:${port}`
  const env: Env = {
    ...own,
    MILLRACE_SECRET_KEYS: newSecretKey('k1'),
    MILLRACE_CONSOLE_URL: consoleUrl,
    MILLRACE_CONSOLE_TOKEN: token,
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  await runInside(['topics', 'create'])
  const shared = {
    ...env,
    REDIS_URL: process.env.REDIS_URL ?? '',
    REDIS_PREFIX: own.KAFKA_PREFIX ?? '',
    DELIVERY_ALLOW_HTTP: 'true',
    DELIVERY_ALLOW_PRIVATE: 'true',
  }
  const brokers = (own.KAFKA_BROKERS ?? '').split(',')
  kafka = connectKafka({ ...patient, brokers, clientId: 'test', log: quietLog, prefix: own.KAFKA_PREFIX ?? '' })
  receiver = await startReceiver({ secret })
  const consoleEnv = {
    ...shared,
    CONSOLE_HOST: '127.0.0.1',
    CONSOLE_PORT: String(port),
    CONSOLE_DATA_DIR: join(directory, 'data'),
    CONSOLE_LINK_FILE: join(directory, 'link'),
    CONSOLE_ADMIN_TOKEN: token,
    CONSOLE_APPROVE: 'endpoint-enable',
  }
  services.push(
    ...(await Promise.all([
      runService({ name: 'console', readyWithinMs: 90_000, env: consoleEnv }),
      runService({ name: 'delivery', readyWithinMs: 90_000, env: shared }),
    ])),
  )
}, 150_000)
afterAll(async () => {
  vi.unstubAllEnvs()
  await Promise.all([...services.map((service) => service.stop()), kafka?.close(), receiver?.close()])
  rmSync(directory, { recursive: true, force: true })
})

type Call = (method: string, path: string, body?: unknown) => Promise<{ status: number; body: Record<string, unknown> }>

function callWith(headers: Record<string, string>): Call {
  return async (method, path, body) => {
    const answer = await fetch(`${consoleUrl}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? {} : JSON.parse(text), headers: answer.headers } as never
  }
}

/** Somebody whom the operator of the machine let in, logged in by their link. */
async function person(role: string): Promise<Call> {
  const admin = callWith({ authorization: `Bearer ${adminToken}` })
  const name = `u${randomUUID().slice(0, 8)}`
  const { body } = await admin('POST', '/users', { name, roles: [{ tenant: 'default', role }] })
  const code = /code=([^&]+)/.exec(String(body.link))?.[1]
  const login = (await callWith({})('POST', '/login', { code })) as unknown as {
    headers: Headers
    body: { csrf_token: string }
  }
  const [cookie = ''] = (login.headers.getSetCookie()[0] ?? '').split(';')
  return callWith({ cookie, 'x-csrf-token': login.body.csrf_token })
}

const auditOf = async () => {
  const { out, code } = await runInside(['audit', 'verify', '--json'])
  return { code, report: JSON.parse(out) }
}

test('retention tells what the console says of each tenant', async () => {
  const lines: string[] = []
  expect(await showTenants({ line: (text: string) => lines.push(text) } as never, true)).toBe('as promised')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { tenant: 'default', days: null, ledger: { days: 30 }, topics: { means: 'topic-retention' }, verdict: 'none' },
  ])
})

test('an endpoint that the command line adds, changes and disables goes through the console and its audit', async () => {
  const added = await runInside([
    'endpoints',
    'add',
    `${receiver?.url}/hooks`,
    '--tags',
    'vip',
    '--secret',
    secret,
    '--json',
  ])
  expect([added.code, added.err]).toEqual([0, ''])
  const { endpoint_id } = JSON.parse(added.out)
  const updated = await runInside(['endpoints', 'update', endpoint_id, '--tags', 'none', '--per-minute', '600'])
  expect(updated.out).toMatch(/^per minute +at most 600$/m)
  expect((await runInside(['endpoints', 'rotate', endpoint_id, '--json'])).out).toContain('whsec_')
  const tried = await runInside(['endpoints', 'test', endpoint_id])
  expect([tried.err, tried.out]).toEqual(['', expect.stringMatching(/^succeeded +status 2/)])
  expect((await runInside(['endpoints', 'disable', endpoint_id, '--reason', 'noisy'])).out).toBe(
    `disabled  ${endpoint_id}\n`,
  )
  const shown = await runInside(['endpoints', 'show', endpoint_id, '--json'])
  expect(JSON.parse(shown.out)).toMatchObject({ tags: [], max_per_minute: 600, is_enabled: false })

  const refused = await runInside(['endpoints', 'enable', endpoint_id, '--reason', 'it is quiet now'])
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('MR_CONSOLE_NO_PERSON')])
  const resealed = await runInside(['endpoints', 'reseal'])
  expect([resealed.out, resealed.err]).toEqual(['0 written with key k1, 1 were so already, 0 failed\n', ''])
  const wrong = await runInside(['endpoints', 'add', 'ftp://customer.net'])
  expect(wrong.err).toContain('is refused by scheme')
  expect((await auditOf()).report).toMatchObject({ state: 'whole', macs: { unchecked: 0 } })
})

test('a response that a second person approved is sent by the delivery service, signed, with exactly the approved bytes', async () => {
  const [asking, deciding] = [await person('operator'), await person('approver')]
  const url = `${receiver?.url}/make`
  const request = { response_url: url, response_data: { answer: 42 }, response_type: 'graph', client_id: 'c1' }
  const asked = await asking('POST', '/tenants/default/responses', { ...request, reason: 'the client asked' })
  expect(asked.status).toBe(202)
  const { id, params, params_sha256 } = (asked.body as { approval: Record<string, string> }).approval
  const decide = (who: Call) => who('POST', `/tenants/default/approvals/${id}/approve`, { params_sha256 })
  expect((await decide(asking)).status).toBe(403)
  expect(receiver?.requests().some(({ path }) => path.endsWith('/make'))).toBe(false)
  expect((await decide(deciding)).body).toMatchObject({ status: 'done', decided_mode: 'two-person' })
  const { result } = (await deciding('GET', `/tenants/default/approvals/${id}`)).body as {
    result: { endpoint_id: string }
  }
  // Its receiver verifies by the public key; what came before it had that is tried again.
  const { out: key } = await runInside(['endpoints', 'key', result.endpoint_id])
  receiver?.setSecrets([key.trim()])
  const isGood = () => receiver?.requests().find(({ path, verdict }) => path.endsWith('/make') && verdict === 'ok')
  const got = await waitFor(isGood, { what: 'the approved response' })
  expect(got.body.toString()).toBe((params as unknown as { payload: string }).payload)
})

test('audit verify finds an entry that was put into the topic, and an end that was noted and is not there', async () => {
  const { code, report } = await auditOf()
  expect([code, report.state]).toEqual([0, 'whole'])
  const head = `${report.head.sequence}:${report.head.hash}`
  expect((await runInside(['audit', 'verify', '--expect', head])).code).toBe(0)
  const gone = await runInside(['audit', 'verify', '--expect', `${report.head.sequence}:${'0'.repeat(64)}`])
  expect([gone.code, gone.out]).toEqual([1, expect.stringContaining('is not there')])

  let last: AuditEntry | null = null
  for await (const record of kafka?.read(topics.audit as Topic<unknown>, { untilEnd: true }) ?? [])
    last = kafka?.decode(topics.audit, record) ?? null
  if (last === null) throw new Error('no entry')
  await kafka?.send(topics.audit, 'default', { ...last, tenant: 'default', subject: 'endpoint/other' })
  const broken = await runInside(['audit', 'verify'])
  expect([broken.code, broken.out]).toEqual([1, expect.stringContaining('it was altered (hash)')])
})

import { randomBytes } from 'node:crypto'
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectKafka } from '@millrace/kafka'
import { freePort } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { patient, quietLog, runService, type ServiceProcess, signFront, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { post, STATUS_TOKEN } from './support/installation.ts'

const file = join(mkdtempSync(join(tmpdir(), 'millrace-reload-')), 'sources.yaml')
const prefix = `t${randomBytes(4).toString('hex')}.`
const body = Buffer.from('{"type":"comment","id":"evt_1"}')

interface Entry {
  readonly name: string
  readonly secrets?: readonly object[]
  readonly allowed_addresses?: readonly string[]
  readonly tenant?: string
  readonly rate_limit_per_minute?: number
  readonly enabled?: boolean
}

let service: ServiceProcess
let url: string
beforeAll(async () => {
  const brokers = process.env.KAFKA_BROKERS ?? ''
  const kafka = connectKafka({ ...patient, brokers: brokers.split(','), clientId: 'test', log: quietLog, prefix })
  await kafka.ensureTopics([topics.received], { eventPartitions: 4, replication: 1 })
  await kafka.close()
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  write([{ name: 'steady' }])
  service = await runService({
    name: 'gateway',
    env: {
      KAFKA_BROKERS: brokers,
      REDIS_URL: process.env.REDIS_URL ?? '',
      KAFKA_PREFIX: prefix,
      REDIS_PREFIX: prefix,
      GATEWAY_PORT: String(port),
      GATEWAY_RATE_PER_ADDRESS: '0',
      GATEWAY_STATUS_TOKEN: STATUS_TOKEN,
      GATEWAY_TRUSTED_PROXIES: '127.0.0.1',
      MILLRACE_SOURCES: file,
    },
  })
})
afterAll(() => service.stop())

/** JSON is YAML. */
function write(entries: readonly Entry[], tenants: readonly object[] = []): void {
  const sources = entries.map((entry) => ({ provider: 'front', secrets: [{ secret: 'canary-first' }], ...entry }))
  replace(JSON.stringify({ tenants, sources }, null, 1))
}

/** At once: a gateway that looked while the file is written anew would refuse what is there of it. */
function replace(content: string): void {
  writeFileSync(`${file}.new`, content)
  renameSync(`${file}.new`, file)
}

async function send(source: string, secret = 'canary-first', headers: Record<string, string> = {}): Promise<number> {
  const answer = await post(`${url}/api/webhooks/${source}`, body, { ...signFront(body, 'app', secret), ...headers })
  return answer.status
}

/** The promise is two seconds, which `npm run chaos -- reload` measures on a machine that has nothing else to do. */
function soon(what: string, fact: () => Promise<boolean>) {
  return waitFor(fact, { what, everyMs: 50 })
}

async function statusOfFile(): Promise<{ refused: { problems: string[] } | null }> {
  const answer = await fetch(`${url}/api/status`, { headers: { authorization: `Bearer ${STATUS_TOKEN}` } })
  return ((await answer.json()) as { sources_file: { refused: { problems: string[] } | null } }).sources_file
}

test('sources come and go without a restart, and a request ends under the source it began with', async () => {
  expect(await send('guest')).toBe(404)
  write([{ name: 'steady' }, { name: 'guest' }])
  await soon('the new source', async () => (await send('guest')) === 200)

  const slow = httpRequest(`${url}/api/webhooks/guest`, {
    method: 'POST',
    headers: { ...signFront(body, 'app', 'canary-first'), 'content-length': body.length },
  })
  const answered = new Promise<number | undefined>((resolve, reject) => {
    slow.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
  })
  slow.write(body.subarray(0, 5))
  await new Promise((resolve) => slow.once('socket', (socket) => socket.once('connect', resolve)))
  // An answer over another connection means that the server has read on since.
  await send('steady')
  write([{ name: 'steady' }])
  await soon('the source to go', async () => (await send('guest')) === 404)
  slow.end(body.subarray(5))
  expect(await answered).toBe(200)
})

test('a secret is rotated without refusing anybody, and the old one ends at its time', async () => {
  const rotate = (ends: number) => {
    const old = { id: 'old', secret: 'canary-first', not_after: new Date(ends).toISOString() }
    write([{ name: 'steady', secrets: [{ id: 'new', secret: 'canary-second' }, old] }])
  }
  rotate(Date.now() + 3_600_000)
  const meanwhile: number[] = []
  await soon('the new secret', async () => {
    meanwhile.push(await send('steady', 'canary-first'))
    return (await send('steady', 'canary-second')) === 200
  })
  meanwhile.push(await send('steady', 'canary-first'))
  expect(new Set(meanwhile)).toEqual(new Set([200]))
  const ends = Date.now() + 1_500
  rotate(ends)
  await waitFor(async () => (await send('steady', 'canary-first')) === 401, { what: 'the end of the old secret' })
  expect(Date.now()).toBeGreaterThanOrEqual(ends)
  expect(await send('steady', 'canary-second')).toBe(200)
  write([{ name: 'steady' }])
  await soon('the first secret again', async () => (await send('steady')) === 200)
})

test('a bad file changes nothing, is told once with its lines, and never with a secret', async () => {
  const refusals = () => service.log.filter((line) => line.includes('sources file is not taken'))
  replace('sources:\n- name: steady\n  provider: front\n  secrets: [{ sekret: canary-third }]\n  colour: red\n')
  await soon('the refusal', async () => (await statusOfFile()).refused !== null)
  expect(await send('steady')).toBe(200)
  const problems = [
    'line 4:13, sources[0].secrets[0]: needs secret',
    'line 4:15, sources[0].secrets[0].sekret: is not known here; known are id, secret, schemes, not_before, not_after',
    expect.stringMatching(
      /^line 5:3, sources\[0\]\.colour: is not known here; known are name, tenant, account, provider, path, /,
    ),
  ]
  const told = (await statusOfFile()).refused?.problems ?? []
  expect(told).toEqual(problems)
  await waitFor(() => refusals().length > 0, { what: 'the line that tells of it' })
  expect(refusals()).toHaveLength(1)
  for (const problem of told) expect(refusals()[0]).toContain(problem)
  expect(await service.metrics()).toMatch(/^millrace_sources_refused(\{[^}]*\})? 1$/m)

  write([{ name: 'steady' }])
  await soon('the repaired file', async () => (await statusOfFile()).refused === null)
  expect(await service.metrics()).toMatch(/^millrace_sources_refused(\{[^}]*\})? 0$/m)
  expect(service.log.filter((line) => line.includes('canary'))).toEqual([])
})

test('SIGHUP reads the file again', async () => {
  const readings = async () =>
    Number(/^millrace_sources_reloads_total\{[^}]*result="unchanged"[^}]*\} (\d+)/m.exec(await service.metrics())?.[1])
  const before = await readings()
  process.kill(service.pid ?? 0, 'SIGHUP')
  await soon('a reading', async () => (await readings()) > before)
  expect(await send('steady')).toBe(200)
})

test('a source may name the addresses that it posts from', async () => {
  write([{ name: 'steady' }, { name: 'inside', allowed_addresses: ['192.0.2.0/24', '2001:db8::/32'] }])
  await soon('the new source', async () => (await send('inside')) !== 404)
  const from = (address: string) => send('inside', 'canary-first', { 'x-forwarded-for': address })
  expect(await send('inside')).toBe(403)
  expect(await from('198.51.100.7')).toBe(403)
  expect(await from('192.0.2.7')).toBe(200)
  expect(await from('::ffff:192.0.2.7')).toBe(200)
  expect(await from('2001:db8::7')).toBe(200)
  expect(await from('2001:db9::7')).toBe(403)
  const refused = await post(`${url}/api/webhooks/inside`, body)
  expect(refused.json).toMatchObject({ rule: 'address-not-allowed' })
})

test('limits of a source and of its tenant count as the file has them now', async () => {
  const mine = (limit: number, ofTenant?: number) => {
    const tenants = ofTenant === undefined ? [] : [{ name: 'small', rate_limit_per_minute: ofTenant }]
    write([{ name: 'steady' }, { name: 'limited', tenant: 'small', rate_limit_per_minute: limit }], tenants)
  }
  mine(1)
  await soon('the new source', async () => (await send('limited')) !== 404)
  // Two of three lie within one minute of the clock.
  expect([await send('limited'), await send('limited'), await send('limited')]).toContain(429)
  mine(1_000)
  await soon('the higher limit', async () => (await send('limited')) === 200)
  mine(1_000, 1)
  await soon('the limit of the tenant', async () => (await send('limited')) === 429)
  expect(await send('steady')).toBe(200)
})

test('a source that is switched off answers 503 with Retry-After and stores nothing, and is on again without a restart', async () => {
  const ask = () => post(`${url}/api/webhooks/steady`, body, signFront(body, 'app', 'canary-first'))
  write([{ name: 'steady', enabled: false }])
  await soon('the source to be off', async () => (await ask()).status === 503)
  const answer = await ask()
  expect([answer.headers.get('retry-after'), answer.json.rule]).toEqual(['60', 'source-disabled'])
  write([{ name: 'steady' }])
  await soon('the source to be on', async () => (await send('steady')) === 200)
})

import { connect } from 'node:net'
import { FRONT_PATH, signFront, startTcpProxy, type TcpProxy, waitFor } from '@millrace/test-support'
import { afterEach, expect, test } from 'vitest'
import { frontSource, type Installation, type InstallationOptions, install, secrets } from './support/installation.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

/** Its minute never ends. */
async function installed(options: InstallationOptions): Promise<Installation> {
  const at = await install({ ...options, now: () => 0 })
  open.push(at)
  return at
}

const body = Buffer.from('{"type":"comment","id":"evt_1"}')
const signed = () => signFront(body, 'app', secrets.front)
const limited = [{ ...frontSource, rateLimitPerMinute: 3 }]

async function statuses(at: Installation, count: number, headers = signed()): Promise<number[]> {
  const found: number[] = []
  for (let sent = 0; sent < count; sent++) found.push((await at.post(FRONT_PATH, body, headers)).status)
  return found
}

test('a source beyond its limit gets 429 and is told when to go on', async () => {
  const at = await installed({ sources: limited })
  expect(await statuses(at, 3)).toEqual([200, 200, 200])
  const answer = await at.post(FRONT_PATH, body, signed())
  expect(answer).toMatchObject({ status: 429, json: { rule: 'rate-per-source', code: 'MR_GATEWAY_RATE_LIMITED' } })
  expect(answer.headers.get('ratelimit-limit')).toBe('3')
  expect(answer.headers.get('ratelimit-remaining')).toBe('0')
  expect(answer.headers.get('ratelimit-reset')).toBe('60')
  expect(answer.headers.get('retry-after')).toBe('60')
  expect(await at.received()).toHaveLength(3)
})

test('forged requests do not use a source’s limit up', async () => {
  const at = await installed({ sources: limited })
  const forged = { ...signed(), 'x-front-signature': Buffer.alloc(32).toString('base64') }
  expect(await statuses(at, 5, forged)).toEqual([401, 401, 401, 401, 401])
  expect(await statuses(at, 1)).toEqual([200])
})

test('the sources of a tenant share its limit, and forged requests do not use it up', async () => {
  const other = { ...frontSource, name: 'front-2', path: '/api/webhooks/front-2' }
  const at = await installed({ sources: [frontSource, other], perTenant: () => 3 })
  const forged = { ...signed(), 'x-front-signature': Buffer.alloc(32).toString('base64') }
  expect(await statuses(at, 4, forged)).toEqual([401, 401, 401, 401])
  expect(await statuses(at, 2)).toEqual([200, 200])
  expect((await at.post(other.path, body, signed())).status).toBe(200)
  const answer = await at.post(other.path, body, signed())
  expect(answer).toMatchObject({ status: 429, json: { rule: 'rate-per-tenant' } })
  expect(answer.headers.get('ratelimit-limit')).toBe('3')
  expect(answer.headers.get('ratelimit-remaining')).toBe('0')
})

test('an address beyond its limit gets 429 before its request is looked at', async () => {
  const at = await installed({ settings: { ratePerAddress: 2 } })
  expect(await statuses(at, 3, {} as ReturnType<typeof signed>)).toEqual([401, 401, 429])
  const answer = await at.post('/nowhere', body)
  expect(answer).toMatchObject({ status: 429, json: { rule: 'rate-per-address' } })
})

test('X-Forwarded-For counts only when it comes from a trusted proxy', async () => {
  const strict = await installed({ settings: { ratePerAddress: 1 } })
  const trusting = await installed({ settings: { ratePerAddress: 1, trustedProxies: ['127.0.0.0/8'] } })
  const as = (address: string) => ({ ...signed(), 'x-forwarded-for': address })
  expect(await statuses(strict, 1, as('192.0.2.1'))).toEqual([200])
  expect(await statuses(strict, 1, as('192.0.2.2'))).toEqual([429])
  expect(await statuses(trusting, 1, as('192.0.2.1'))).toEqual([200])
  expect(await statuses(trusting, 1, as('192.0.2.2'))).toEqual([200])
  expect(await statuses(trusting, 1, as('192.0.2.1'))).toEqual([429])
})

test('without Redis a limit is neither open nor closed', async () => {
  const redis = await redisProxy()
  const at = await installed({ sources: limited, redisUrl: redis.url })
  await redis.proxy.down()
  expect(await statuses(at, 5)).toEqual([200, 200, 200, 429, 429])
})

test('a Redis that hangs keeps no request waiting', async () => {
  const redis = await redisProxy()
  const at = await installed({ sources: limited, redisUrl: redis.url })
  expect(await statuses(at, 1)).toEqual([200])
  redis.proxy.set('response', { mode: 'hold' })
  const answer = await at.post(FRONT_PATH, body, signed())
  expect(answer.status).toBe(200)
  expect(answer.ms).toBeLessThan(1_000)
})

test('bodies beyond the memory set aside for them get 503, and what is done is given back', async () => {
  const at = await installed({ settings: { maxBytesInHand: 10_000 } })
  const large = Buffer.alloc(20_000, 0x20)
  const answer = await at.post(FRONT_PATH, large, signFront(large, 'app', secrets.front))
  expect(answer).toMatchObject({ status: 503, json: { rule: 'overloaded' } })
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  const small = Buffer.alloc(6_000, 0x20)
  // Six kilobytes twice would not fit if the first were still counted.
  for (let sent = 0; sent < 5; sent++) expect((await at.post(FRONT_PATH, small)).status).toBe(401)
})

test('whoever begins many large bodies and stops keeps nobody out', async () => {
  const at = await installed({ settings: { maxBytesInHand: 800_000 } })
  const answers: string[] = []
  const begun = Array.from({ length: 20 }, () => {
    const socket = connect(Number(new URL(at.url).port), '127.0.0.1')
    socket.on('data', (chunk) => answers.push(chunk.toString('latin1', 9, 12))).on('error', () => {})
    socket.write(`POST ${FRONT_PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n`)
    socket.write(Buffer.alloc(60_000, 0x20))
    return socket
  })
  open.push({ close: async () => void begun.map((socket) => socket.destroy()) })
  await waitFor(() => answers.length === 19, { what: 'all but the first to be turned away' })
  expect(answers).toEqual(Array(19).fill('503'))
  expect((await at.post(FRONT_PATH, Buffer.alloc(30_000, 0x20))).status).toBe(401)
})

async function redisProxy(): Promise<{ proxy: TcpProxy; url: string }> {
  const real = new URL(process.env.REDIS_URL ?? '')
  const proxy = await startTcpProxy({ target: { host: real.hostname, port: Number(real.port) } })
  open.push(proxy)
  return { proxy, url: `redis://${proxy.host}:${proxy.port}` }
}

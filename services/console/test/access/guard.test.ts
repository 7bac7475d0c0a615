import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createActor } from '../../src/access/actor.ts'
import { type App, defineGlobalRoutes, defineRoutes } from '../../src/access/define-routes.ts'
import type { Grant } from '../../src/access/roles.ts'
import type { Deps } from '../../src/deps.ts'
import { createServer, type ServerOptions } from '../../src/server.ts'

const grants: Readonly<Record<string, readonly Grant[]>> = {
  viewer: [{ tenant: 'default', role: 'viewer' }],
  operator: [{ tenant: 'default', role: 'operator' }],
  elsewhere: [{ tenant: 'other', role: 'admin' }],
  everywhere: [{ tenant: '*', role: 'admin' }],
}
const routes = [
  defineRoutes((app) => {
    app.get('/seen', { config: { role: 'viewer' } }, async ({ tenant, actor }) => ({ tenant, as: actor.name }))
    app.post('/done', { config: { role: 'operator' } }, async () => ({}))
  }),
  defineGlobalRoutes((app) => {
    app.get('/all', { config: { role: 'admin' } }, async () => ({}))
    app.get('/both', { config: { role: 'admin' } }, async () => ({}))
    app.put('/both', { config: { role: 'admin' } }, async () => ({}))
    app.post('/in', { config: { role: 'open' } }, async () => ({}))
    app.get('/wrong', { config: { role: 'open' } }, async ({ actor }) => ({ actor }))
  }),
]
let app: App

beforeAll(async () => {
  app = await build(routes)
})
afterAll(() => app.close())

async function build(list: Parameters<typeof createServer>[0], more: Partial<ServerOptions> = {}): Promise<App> {
  const parts: Parameters<typeof createServer>[2] = {
    log: { error: () => {}, warn: () => {} },
    isTenant: async (name) => ['default', 'other'].includes(name),
    isDatabaseAway: () => false,
    databaseAwaySince: () => undefined,
    // The bearer token is the name; a cookie stands for a session.
    async identify({ headers }) {
      const name = headers.authorization?.slice('Bearer '.length) ?? headers.cookie
      const found = grants[name ?? '']
      if (name === undefined || found === undefined) return undefined
      const actor = createActor({ id: name, name, kind: 'user', personId: name, tokenId: null, grants: found })
      const session = { hash: '', csrfToken: 'its-token', expiresAt: 0, hasPassword: true, isByCode: false }
      return { actor, session: headers.cookie === undefined ? undefined : session }
    },
  }
  return createServer(list, {} as Deps, parts, { version: '1', trustedProxies: [], pageDir: '/nonexistent', ...more })
}

const as = (name: string) => ({ authorization: `Bearer ${name}` })
const get = async (url: string, headers = {}) => app.inject({ url, headers })
const post = async (url: string, headers = {}) => app.inject({ method: 'POST', url, headers })

test('without credentials there is 401, whatever the tenant', async () => {
  for (const tenant of ['default', 'none']) {
    const { statusCode, headers } = await get(`/api/v1/tenants/${tenant}/seen`)
    expect(statusCode).toBe(401)
    expect(headers['www-authenticate']).toBe('Bearer realm="millrace"')
  }
})

test('the role that a route asks for, or a stronger one, may call it', async () => {
  expect((await get('/api/v1/tenants/default/seen', as('viewer'))).json()).toEqual({ tenant: 'default', as: 'viewer' })
  expect((await get('/api/v1/tenants/default/seen', as('operator'))).statusCode).toBe(200)
  expect((await get('/api/v1/tenants/other/seen', as('everywhere'))).statusCode).toBe(200)
})

test('a weaker role gets 403 with the role that is needed', async () => {
  const answer = await post('/api/v1/tenants/default/done', as('viewer'))
  expect(answer.statusCode).toBe(403)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.json()).toMatchObject({ code: 'MR_CONSOLE_FORBIDDEN', detail: expect.stringContaining('operator') })
})

test('a path that is there for other methods gets 405 and is told them, whoever asks and whatever the tenant', async () => {
  const asked = [
    { method: 'DELETE', url: '/api/v1/tenants/default/seen', headers: as('operator'), allow: 'GET, HEAD' },
    { method: 'POST', url: '/api/v1/tenants/none/seen/?q=1', headers: {}, allow: 'GET, HEAD' },
    { method: 'GET', url: '/api/v1/tenants/other/done', headers: as('elsewhere'), allow: 'POST' },
    { method: 'OPTIONS', url: '/api/v1/both', headers: {}, allow: 'GET, HEAD, PUT' },
    { method: 'POST', url: '/problems/not-found', headers: {}, allow: 'GET, HEAD' },
    { method: 'PUT', url: '/overview', headers: {}, allow: 'GET, HEAD' },
  ] as const
  for (const { method, url, headers, allow } of asked) {
    const answer = await app.inject({ method, url, headers })
    expect({ url, status: answer.statusCode, allow: answer.headers.allow }).toEqual({ url, status: 405, allow })
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ status: 405, code: 'MR_CONSOLE_METHOD', title: 'Method Not Allowed' })
  }
  for (const url of ['/api/v1/none', '/api/v1/tenants/default', '/api/v1/tenants//seen', '/favicon.ico'])
    expect({ url, status: (await app.inject({ method: 'POST', url })).statusCode }).toEqual({ url, status: 404 })
})

test('a tenant without a right, one that is not there and a path that is not there look the same', async () => {
  const urls = ['/api/v1/tenants/default/seen', '/api/v1/tenants/none/seen', '/api/v1/tenants/other/nothing']
  const answers = await Promise.all(urls.map((url) => get(url, as('elsewhere'))))
  const bodies = answers.map((answer) => ({ ...answer.json(), request_id: '' }))
  expect(bodies[0]).toMatchObject({ status: 404, code: 'MR_CONSOLE_NOT_FOUND' })
  expect(bodies[1]).toEqual(bodies[0])
  expect(bodies[2]).toEqual(bodies[0])
  expect((await get('/api/v1/tenants/none/seen', as('everywhere'))).statusCode).toBe(404)
})

test('an admin of one tenant is none of the installation', async () => {
  expect((await get('/api/v1/all', as('elsewhere'))).statusCode).toBe(403)
  expect((await get('/api/v1/all', as('everywhere'))).statusCode).toBe(200)
})

test('a write by session cookie needs the session’s own token; a bearer token does not', async () => {
  const url = '/api/v1/tenants/default/done'
  expect((await post(url, { cookie: 'operator' })).json()).toMatchObject({ code: 'MR_CONSOLE_CROSS_SITE' })
  expect((await post(url, { cookie: 'operator', 'x-csrf-token': 'another' })).statusCode).toBe(403)
  expect((await post(url, { cookie: 'operator', 'x-csrf-token': 'its-token' })).statusCode).toBe(200)
  expect((await post(url, as('operator'))).statusCode).toBe(200)
})

test('a write that a browser makes for another site is refused, also where nothing else is asked', async () => {
  const other = [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]
  for (const headers of other) expect((await post('/api/v1/in', headers)).statusCode).toBe(403)
  const own = { host: 'console.example', origin: 'https://console.example', 'sec-fetch-site': 'same-origin' }
  expect((await post('/api/v1/in', own)).statusCode).toBe(200)
})

test('what only a form of another site would send is not read', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/in',
    headers: { 'content-type': 'text/plain' },
    payload: '{}',
  })
  expect(answer.json()).toMatchObject({ status: 400, code: 'MR_CONSOLE_INVALID' })
})

test('a server with a route below /api that declares no role is not built', async () => {
  const careless = defineRoutes((app) => void app.get('/careless', async () => ({})))
  await expect(build([careless])).rejects.toThrow('/api/v1/tenants/:tenant/careless declares no role')
})

test('nor one with a route that hides from the document', async () => {
  const hidden = defineRoutes(
    (app) => void app.get('/hidden', { config: { role: 'viewer' }, schema: { hide: true } }, async () => ({})),
  )
  await expect(build([hidden])).rejects.toThrow('/api/v1/tenants/:tenant/hidden hides')
})

test('a fault tells nothing of itself', async () => {
  const answer = await get('/api/v1/wrong')
  expect(answer.json()).toMatchObject({ status: 500, code: 'MR_CONSOLE_INTERNAL' })
  expect(answer.body).not.toContain('reads it')
})

test('every answer forbids scripts of others, framing and guessing at types', async () => {
  for (const url of ['/nothing', '/api/v1/all', '/problems/forbidden']) {
    const { headers } = await get(url)
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' })
  }
  expect((await get('/api/v1/all')).headers['cache-control']).toBe('no-store')
})

test('a problem names the page that explains it', async () => {
  const { type } = (await get('/api/v1/all')).json()
  expect((await get(type)).body).toContain('MR_CONSOLE_UNAUTHENTICATED')
})

describe('limits by address', () => {
  const limited = { ratePerAddress: 3, trustedProxies: ['10.0.0.0/8'] }
  let app: App
  beforeEach(async () => {
    app = await build(routes, limited)
  })
  afterEach(() => app.close())
  const from = async (remoteAddress: string, forwarded?: string) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
    return (await app.inject({ url: '/api/v1/all', remoteAddress, headers })).statusCode
  }

  async function oneByOne(call: (last: number) => Promise<number>): Promise<number[]> {
    const told: number[] = []
    for (const last of [1, 2, 3, 4]) told.push(await call(last))
    return told
  }

  test('come before anything else of a request, and tell when to try again', async () => {
    for (let count = 0; count < 3; count++) expect(await from('192.0.2.1')).toBe(401)
    const refused = await app.inject({ url: '/api/v1/all', remoteAddress: '192.0.2.1', headers: as('everywhere') })
    expect(refused.json()).toMatchObject({ status: 429, code: 'MR_CONSOLE_TOO_MANY' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(await from('192.0.2.2')).toBe(401)
  })

  test('count what a trusted proxy tells, and nobody else’s word', async () => {
    for (const client of ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'])
      expect(await from('10.0.0.1', client)).toBe(401)
    const told = await oneByOne((last) => from('192.0.2.9', `198.51.100.${last}`))
    expect(told).toEqual([401, 401, 401, 429])
  })

  test('count an IPv6 net as one', async () => {
    const told = await oneByOne((last) => from(`2001:db8:0:1::${last}`))
    expect(told).toEqual([401, 401, 401, 429])
  })
})

test('who came by TLS is told to come by nothing else, as the trusted proxy says', async () => {
  const behind = await build(routes, { trustedProxies: ['10.0.0.1'] })
  const headers = { 'x-forwarded-proto': 'https' }
  const trusted = await behind.inject({ url: '/api/v1/all', remoteAddress: '10.0.0.1', headers })
  expect(trusted.headers['strict-transport-security']).toBe('max-age=31536000')
  const other = await behind.inject({ url: '/api/v1/all', remoteAddress: '192.0.2.1', headers })
  expect(other.headers).not.toHaveProperty('strict-transport-security')
  await behind.close()
})

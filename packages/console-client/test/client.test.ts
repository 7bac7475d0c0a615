import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { answerOf, createConsoleClient } from '../src/index.ts'

const me = { id: 'u1', name: 'ada', kind: 'user', tenants: [] }
const problem = { type: '/problems/forbidden', title: 'Forbidden', status: 403, detail: 'This needs the role admin.' }
let server: Server
let url: string
let seen: { path: string; headers: NodeJS.Dict<string | string[]> }[] = []
let answer: { status: number; type: string; body: string } | 'nothing'
let losesNext = false

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', headers: request.headers })
    if (losesNext) {
      losesNext = false
      request.socket.destroy()
      return
    }
    if (answer === 'nothing') return
    response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  seen = []
  answer = { status: 200, type: 'application/json', body: JSON.stringify(me) }
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

test('a call gives the answer, and carries the token', async () => {
  const client = createConsoleClient({ url, token: 'secret' })
  expect(await answerOf(client.GET('/api/v1/me'))).toEqual(me)
  expect(seen[0]).toMatchObject({ path: '/api/v1/me', headers: { authorization: 'Bearer secret' } })
})

test('a read whose connection the console ends before it answers is asked once more, a write is not', async () => {
  const client = createConsoleClient({ url })
  losesNext = true
  expect(await answerOf(client.GET('/api/v1/me'))).toEqual(me)
  expect(seen).toHaveLength(2)
  losesNext = true
  const write = client.POST('/api/v1/tokens', { body: { name: 'a', roles: [] } })
  await expect(write).rejects.toMatchObject({ code: 'MR_CONSOLE_UNREACHABLE' })
  expect(seen).toHaveLength(3)
})

test('parameters are put into the path as text', async () => {
  const client = createConsoleClient({ url })
  await client.GET('/api/v1/tenants/{tenant}', { params: { path: { tenant: 'a/b' } } })
  expect(seen[0]?.path).toBe('/api/v1/tenants/a%2Fb')
})

test('a refusal is an error with the console’s own words', async () => {
  answer = {
    status: 403,
    type: 'application/problem+json',
    body: JSON.stringify({ ...problem, code: 'MR_CONSOLE_FORBIDDEN' }),
  }
  const call = answerOf(createConsoleClient({ url }).GET('/api/v1/me'))
  await expect(call).rejects.toMatchObject({
    code: 'MR_CONSOLE_REFUSED',
    message: 'This needs the role admin.',
    statusCode: 403,
    retryable: false,
    problem: { code: 'MR_CONSOLE_FORBIDDEN' },
  })
})

test('an answer that is no problem document is told by its status, not shown', async () => {
  answer = { status: 502, type: 'text/html', body: '<h1>proxy</h1>' }
  const call = answerOf(createConsoleClient({ url }).GET('/api/v1/me'))
  await expect(call).rejects.toMatchObject({ message: 'The console answered 502 Bad Gateway', problem: undefined })
})

test('a console that does not answer in time is unreachable', async () => {
  answer = 'nothing'
  const call = createConsoleClient({ url, timeoutMs: 50 }).GET('/api/v1/me')
  await expect(call).rejects.toMatchObject({ code: 'MR_CONSOLE_UNREACHABLE', retryable: true })
})

test('a console that is not there is unreachable, with the address and the reason', async () => {
  const call = createConsoleClient({ url: 'http://127.0.0.1:1' }).GET('/api/v1/me')
  await expect(call).rejects.toThrow(
    /The console at http:\/\/127\.0\.0\.1:1 does not answer: .*(ECONNREFUSED|bad port)/,
  )
})

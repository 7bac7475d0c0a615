import { waitFor } from '@millrace/test-support'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { afterEach, expect, test } from 'vitest'
import { createHttpServer, type HttpServer } from '../src/http-server.ts'

let running: HttpServer | undefined
let ended = 0
let count = 0

async function start(options: { readonly maxSessions?: number; readonly sessionIdleMs?: number }) {
  ended = 0
  let port = 0
  running = createHttpServer({
    rules: () => ({ port, allowedHosts: [], allowedOrigins: [] }),
    ...{ maxSessions: 2, sessionIdleMs: 60_000, ...options },
    async open() {
      const server = new McpServer({ name: 'test', version: '1' })
      return {
        server,
        async close() {
          ended++
          await server.close()
        },
      }
    },
    onSessions: (now) => {
      count = now
    },
  })
  const url = new URL(await running.app.listen({ host: '127.0.0.1', port: 0 }))
  port = Number(url.port)
  return `${url.origin}/mcp`
}
afterEach(() => running?.close())

const begin = (url: string) =>
  fetch(url, {
    method: 'POST',
    headers: {
      authorization: 'Bearer x',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
    }),
  })

test('there are no more sessions than allowed, and a place is free again once one has ended', async () => {
  const url = await start({ maxSessions: 2 })
  const [first] = await Promise.all([begin(url), begin(url)])
  expect((await begin(url)).status).toBe(503)
  const headers = { authorization: 'Bearer x', 'mcp-session-id': first?.headers.get('mcp-session-id') ?? '' }
  await first?.text()
  expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(200)
  expect((await begin(url)).status).toBe(200)
})

test('a session that nobody uses ends, one whose stream is open does not', async () => {
  // Longer than a busy machine takes from the beginning of a session to its stream.
  const url = await start({ sessionIdleMs: 3_000 })
  const used = await begin(url)
  await used.text()
  const stream = await fetch(url, {
    headers: {
      authorization: 'Bearer x',
      accept: 'text/event-stream',
      'mcp-session-id': used.headers.get('mcp-session-id') ?? '',
    },
  })
  expect(stream.status).toBe(200)
  await (await begin(url)).text()
  await waitFor(() => ended === 1, { what: 'the idle one to end' })
  expect(count).toBe(1)
  await stream.body?.cancel()
  await waitFor(() => ended === 2, { what: 'the other to end without its stream' })
})

test('a method that MCP does not have gets 405 and those that it has, another path 404', async () => {
  const url = await start({})
  const other = await fetch(`${url}?x=1`, { method: 'PUT' })
  expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, POST, DELETE'])
  expect((await fetch(`${url}/more`, { method: 'PUT' })).status).toBe(404)
})

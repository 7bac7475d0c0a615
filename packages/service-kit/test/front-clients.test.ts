import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { quietLog } from '@millrace/test-support'
import { metrics } from '@opentelemetry/api'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createFrontClients, type FrontClients } from '../src/front-clients.ts'
import { holdSources } from '../src/hold-sources.ts'
import type { Account } from '../src/sources.ts'

const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `${randomUUID()}:` })
afterAll(() => redis.disconnect())

const tokens: (string | undefined)[] = []
const front = createServer((request, response) => {
  tokens.push(request.headers.authorization)
  response.setHeader('content-type', 'application/json')
  response.end('{"id":"cnv_1"}')
})
let clients: FrontClients
let account: Account
beforeEach(async () => {
  tokens.length = 0
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  const { port } = front.address() as AddressInfo
  const baseUrl = `http://127.0.0.1:${port}`
  account = { tenant: 'north', name: 'acme', provider: 'front', apiToken: 'first', baseUrl, callsPerMinute: 50 }
})
afterEach(async () => {
  await clients.close()
  await new Promise((resolve) => front.close(resolve))
})

function keep(accounts: readonly Account[]) {
  const sources = holdSources({ sources: [], accounts, tenants: [] })
  const parts = { sources, redis, log: quietLog, meter: metrics.getMeter('test'), onClose: () => {} }
  clients = createFrontClients(parts, { callTimeoutMs: 5_000 })
  return (next: readonly Account[]) => sources.replace({ sources: [], accounts: next, tenants: [] })
}

test('a new token counts from the next call on, for whoever holds the client already', async () => {
  const replace = keep([account])
  const client = clients.of('north', 'acme')
  await client?.getConversation('cnv_1')
  replace([{ ...account, apiToken: 'second' }])
  await client?.getConversation('cnv_1')
  expect(tokens).toEqual(['Bearer first', 'Bearer second'])
  expect(clients.of('north', 'acme')).toBe(client)
})

test('an account that comes has a client, one that goes has none', async () => {
  const replace = keep([])
  expect(clients.of('north', 'acme')).toBeUndefined()
  replace([account])
  await clients.of('north', 'acme')?.getConversation('cnv_1')
  expect(tokens).toEqual(['Bearer first'])
  replace([{ ...account, apiToken: undefined }])
  expect(clients.of('north', 'acme')).toBeUndefined()
})

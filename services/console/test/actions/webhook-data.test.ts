import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Source } from '@millrace/service-kit'
import { makeApiKey } from '@millrace/signing'
import { afterEach, describe, expect, test } from 'vitest'
import { checkTask, taskSubmitter } from '../../src/actions/webhook-data.ts'
import type { Approved } from '../../src/approve/execute.ts'

const task = { id: 't1', name: 'Call' }
const request = {
  action: 'process_webhook_data',
  input: { webhook_data: { task }, client_id: 'c1', action_id: 'a1' },
} as const
const answer = {
  webhook_id: 'w1',
  status: 'processed',
  client_id: 'c1',
  result: {
    ...{ webhook_id: 'w1', client_id: 'c1', action_id: 'a1', timestamp: '2026-11-23T05:00:00.000Z', source: 'make' },
    knowledge_graph: {
      ...{ client_id: 'c1', extraction_id: 'ext_1', knowledge_nodes: [], relationships: [] },
      metadata: { extractor: 'task', extractor_version: 1, node_count: 0, relationship_count: 0, unread: [] },
    },
  },
}

const source = {
  ...{ name: 'make', tenant: 'default', account: 'default', provider: 'make', path: '/api/make' },
  ...{ schemes: [makeApiKey], secrets: [{ id: 'one', secret: 'the-key-of-this-source' }], isSynchronous: true },
} as unknown as Source
const sourcesWith = (...sources: Source[]) => ({ current: () => ({ sources, accounts: [], tenants: [] }) })

let close = () => {}
afterEach(() => close())

/** A gateway that gives this answer, and what it was asked. */
async function gateway(status: number, body: unknown) {
  const asked: { readonly request: IncomingMessage; readonly body: string }[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    asked.push({ request, body: Buffer.concat(parts).toString() })
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = () => server.close()
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const approved = { approval: { id: 'apr_1', tenant: 'default' }, params: request } as unknown as Approved
const submit = (gatewayUrl: string, sources = sourcesWith(source)) =>
  taskSubmitter({ sources, gatewayUrl, timeoutMs: 20_000 })(approved)

describe('an approved task', () => {
  test('is posted as its source would, under the approval’s id, and its answer is the result', async () => {
    const { asked, url } = await gateway(200, answer)
    expect(await submit(url)).toEqual(answer)
    const [call] = asked
    expect([call?.request.method, call?.request.url]).toEqual(['POST', '/api/make'])
    expect(call?.request.headers).toMatchObject({
      'idempotency-key': 'apr_1',
      'x-make-apikey': 'the-key-of-this-source',
    })
    expect(JSON.parse(call?.body ?? '')).toMatchObject({ client_id: 'c1', action_id: 'a1', task })
  })

  test.each([408, 429, 503])('that the gateway answers with %i is tried again', async (status) => {
    const { url } = await gateway(status, {})
    await expect(submit(url)).rejects.toMatchObject({ code: 'MR_CONSOLE_GATEWAY', retryable: true })
  })

  test.each([400, 401, 413])('that the gateway refuses with %i has failed', async (status) => {
    const { url } = await gateway(status, {})
    await expect(submit(url)).rejects.toMatchObject({ code: 'MR_CONSOLE_GATEWAY_REFUSED', retryable: false })
  })

  test('waits while no gateway answers', async () => {
    const { url } = await gateway(200, answer)
    close()
    await expect(submit(url)).rejects.toMatchObject({ code: 'MR_CONSOLE_GATEWAY', retryable: true })
  })
})

test('an answer that breaks off in its middle is tried again: what the gateway took it answers the same way', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{"webhook_id"')
    setImmediate(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = () => server.close()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await expect(submit(url)).rejects.toMatchObject({ code: 'MR_CONSOLE_GATEWAY', retryable: true })
})

describe('before anybody is asked to approve', () => {
  test('a task is held to the action’s rules', async () => {
    const wrong = { ...request, input: { ...request.input, webhook_data: { task: { id: 't1' } } } }
    await expect(checkTask(wrong, 'default', { sources: sourcesWith(source) })).rejects.toThrow(/name/)
    expect(await checkTask(request, 'default', { sources: sourcesWith(source) })).toMatchObject({ client_id: 'c1' })
  })

  test.each([
    ['of another tenant', { ...source, tenant: 'other' }],
    ['that is switched off', { ...source, isEnabled: false }],
    ['without a secret', { ...source, secrets: [] }],
    ['that waits for no answer', { ...source, isSynchronous: false }],
  ])('a source %s takes none', async (_, other) => {
    await expect(checkTask(request, 'default', { sources: sourcesWith(other) })).rejects.toMatchObject({
      code: 'MR_CONSOLE_NOT_AVAILABLE',
    })
  })
})

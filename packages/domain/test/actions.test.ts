import { createHash, createHmac } from 'node:crypto'
import { makeApiKey, makeHmac, standardWebhooksV1 } from '@millrace/signing'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import {
  actions,
  type ClientTaskRequest,
  DomainError,
  extractClientKnowledgeGraph,
  jsonSchemaOf,
  processWebhookData,
  type SigningSource,
  sendWebhookResponse,
  validateWebhookSignature,
} from '../src/index.ts'

const graph = {
  client_id: 'c1',
  extraction_id: 'ext_1',
  knowledge_nodes: [{ id: 'task:a:t1', type: 'task', label: 'Call', properties: { done: false } }],
  relationships: [],
  metadata: { extractor: 'task', extractor_version: 1, node_count: 1, relationship_count: 0, unread: [] },
}
const answer = {
  webhook_id: 'w1',
  status: 'processed',
  client_id: 'c1',
  result: {
    webhook_id: 'w1',
    client_id: 'c1',
    action_id: 'get',
    timestamp: '2026-01-01T00:00:00.000Z',
    source: 'make.com_chatgpt_clients',
    knowledge_graph: graph,
  },
}
const data = { task: { id: 't1', name: 'Call' } }

/** Notes what was handed in. */
function door(result: unknown = answer) {
  const requests: ClientTaskRequest[] = []
  const submit = async (request: ClientTaskRequest) => {
    requests.push(request)
    return result
  }
  return { requests, ports: { submit } }
}

async function problemsIn(asked: Promise<unknown>): Promise<readonly string[]> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof DomainError)) throw new Error('expected a DomainError')
  expect(error.code).toBe('MR_DOMAIN_ACTION_INPUT')
  return error.problems.map(({ pointer }) => pointer)
}

test('the four actions have the names and parameters of the first integrations', () => {
  const parameters = actions.map(({ name, input }) => [
    name,
    Object.keys((jsonSchemaOf(input, 'input') as { properties: object }).properties),
  ])
  expect(Object.fromEntries(parameters)).toEqual({
    process_webhook_data: ['webhook_data', 'client_id', 'action_id'],
    extract_client_knowledge_graph: ['webhook_data', 'client_id', 'include_task_details'],
    validate_webhook_signature: ['webhook_data', 'signature', 'secret_key', 'client_id'],
    send_webhook_response: ['response_url', 'response_data', 'response_type', 'client_id'],
  })
})

test('process_webhook_data hands in what the scenario would have posted, and gives the stored answer', async () => {
  const { requests, ports } = door()
  const input = { webhook_data: { ...data, include_task_details: false }, client_id: 'c1', action_id: 'get' }
  expect(await processWebhookData.run(input, ports)).toEqual(answer)
  expect(requests).toEqual([{ ...data, client_id: 'c1', action_id: 'get', include_task_details: false }])
})

test('every missing or wrong parameter is told at once, and nothing is handed in', async () => {
  const { requests, ports } = door()
  const asked = processWebhookData.run({ webhook_data: { task: { id: null } }, action_id: [] }, ports)
  expect(await problemsIn(asked)).toEqual([
    '/webhook_data/task/id',
    '/webhook_data/task/name',
    '/client_id',
    '/action_id',
  ])
  expect(requests).toEqual([])
})

test('data that names another client than the parameter is refused', async () => {
  const input = { webhook_data: { ...data, client_id: 'other' }, client_id: 'c1', action_id: 'get' }
  expect(await problemsIn(processWebhookData.run(input, door().ports))).toEqual(['/webhook_data/client_id'])
})

test('extract_client_knowledge_graph gives the graph alone, with details unless told otherwise', async () => {
  const { requests, ports } = door()
  expect(await extractClientKnowledgeGraph.run({ webhook_data: data, client_id: 'c1' }, ports)).toEqual(graph)
  await extractClientKnowledgeGraph.run({ webhook_data: data, client_id: 'c1', include_task_details: false }, ports)
  expect(requests.map(({ include_task_details }) => include_task_details)).toEqual([true, false])
})

test('a result that is not what the schema promises is an error, not an answer', async () => {
  const asked = processWebhookData.run({ webhook_data: data, client_id: 'c1', action_id: 'get' }, door({}).ports)
  await expect(asked).rejects.toMatchObject({ code: 'MR_DOMAIN_ACTION_OUTPUT', statusCode: 500 })
})

const body = '{"client_id":"c1"}'
const signed = (secret: string) => createHmac('sha256', secret).update(body).digest('hex')
const make: SigningSource = { schemes: [makeApiKey, makeHmac], secrets: [{ id: 'make', secret: 'own' }] }
const asking = (source: SigningSource | null) => ({ sourceOf: async () => source, now: () => 0 })
const check = (input: object, source: SigningSource | null = make) =>
  validateWebhookSignature.run({ webhook_data: body, client_id: 'c1', ...input }, asking(source))

test('a signature with the source’s own secret is valid, in hex, base64 and with its prefix', async () => {
  const hex = signed('own')
  for (const signature of [hex, Buffer.from(hex, 'hex').toString('base64'), `sha256=${hex}`]) {
    expect(await check({ signature })).toMatchObject({ valid: true, rule: null, secret_id: 'make' })
  }
})

test('a given secret counts instead of the source’s own', async () => {
  expect(await check({ signature: signed('given'), secret_key: 'given' })).toMatchObject({
    valid: true,
    secret_id: 'given',
  })
  expect(await check({ signature: signed('own'), secret_key: 'given' })).toMatchObject({ valid: false })
})

test('what is not valid names the rule that it breaks', async () => {
  expect(await check({ signature: signed('other') })).toMatchObject({ valid: false, rule: 'signature-mismatch' })
  expect(await check({ signature: 'no signature' })).toMatchObject({ rule: 'signature-malformed' })
  expect(await check({ signature: signed('own') }, { ...make, secrets: [] })).toMatchObject({ rule: 'secret-missing' })
  expect(await check({ signature: 'x' }, null)).toMatchObject({ rule: 'source-unknown' })
  expect(await check({ signature: 'x' }, { ...make, schemes: [makeApiKey] })).toMatchObject({ rule: 'scheme-unsigned' })
  const stamped = { ...make, schemes: [standardWebhooksV1] }
  expect(await check({ signature: `v1,${Buffer.alloc(32).toString('base64')}` }, stamped)).toMatchObject({
    valid: false,
  })
})

test('an object is checked as its compact JSON', async () => {
  expect(await check({ webhook_data: JSON.parse(body), signature: signed('own') })).toMatchObject({ valid: true })
})

const policy = { allowHttp: false, allowPrivate: false, ports: [443] }
const ports = { defaultTarget: 'https://hook.eu1.make.com/abc', policy, now: () => 1_000 }
const response = { response_data: { done: false, n: 0, none: null }, response_type: 'knowledge_graph', client_id: 'c1' }

test('send_webhook_response only makes a request that waits for approval', async () => {
  const request = await sendWebhookResponse.run(response, ports)
  const payload = '{"client_id":"c1","response_type":"knowledge_graph","data":{"done":false,"n":0,"none":null}}'
  expect(request).toMatchObject({
    action: 'send_webhook_response',
    status: 'pending_approval',
    target: ports.defaultTarget,
    payload,
    payload_sha256: createHash('sha256').update(payload).digest('hex'),
    requested_at: 1_000,
    expires_at: 86_401_000,
  })
  expect(request.reason).toContain('hook.eu1.make.com')
  // The path of a Make webhook is its credential.
  expect(request.reason).not.toContain('abc')
})

test('a response goes to its own URL where it has one', async () => {
  const request = await sendWebhookResponse.run({ ...response, response_url: 'https://example.com/x' }, ports)
  expect(request.target).toBe('https://example.com/x')
})

test.each([
  'ftp://example.com',
  'http://example.com',
  'https://user:pw@example.com',
  'https://169.254.169.254/latest',
  'https://localhost/x',
  'example.com',
  'javascript:alert(1)',
])('a response is not asked for to %s', async (response_url) => {
  expect(await problemsIn(sendWebhookResponse.run({ ...response, response_url }, ports))).toEqual(['/response_url'])
})

test('without any target there is no request', async () => {
  const asked = sendWebhookResponse.run(response, { ...ports, defaultTarget: undefined })
  await expect(asked).rejects.toMatchObject({ code: 'MR_DOMAIN_NO_TARGET', statusCode: 400 })
  const forbidden = sendWebhookResponse.run(response, { ...ports, defaultTarget: 'https://10.0.0.1/' })
  await expect(forbidden).rejects.toMatchObject({ code: 'MR_DOMAIN_NO_TARGET' })
})

test('what an action gives fits the JSON Schema that is published of it', async () => {
  const fits = new Ajv2020({ strict: false, validateFormats: false })
  const { ports: through } = door()
  const results = new Map<string, unknown>([
    [
      'process_webhook_data',
      await processWebhookData.run({ webhook_data: data, client_id: 1, action_id: 'get' }, through),
    ],
    [
      'extract_client_knowledge_graph',
      await extractClientKnowledgeGraph.run({ webhook_data: data, client_id: 1 }, through),
    ],
    ['validate_webhook_signature', await check({ signature: 'x' })],
    ['send_webhook_response', await sendWebhookResponse.run(response, ports)],
  ])
  for (const { name, output } of actions) {
    expect(fits.validate(jsonSchemaOf(output, 'output'), results.get(name)), name).toBe(true)
  }
})

import { randomBytes } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { freePort } from '@millrace/local'
import { topics } from '@millrace/schemas'
import {
  FRONT_PATH,
  freshMakeSample,
  headersOf,
  MAKE_PATH,
  patient,
  runService,
  type ServiceProcess,
  signFront,
  signMake,
  waitFor,
} from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { post, STATUS_TOKEN, secrets } from './support/installation.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const prefix = `t${randomBytes(4).toString('hex')}.`
const env = {
  KAFKA_BROKERS: process.env.KAFKA_BROKERS ?? '',
  REDIS_URL: process.env.REDIS_URL ?? '',
  KAFKA_PREFIX: prefix,
  REDIS_PREFIX: prefix,
  WEBHOOK_SECRET: secrets.front,
  FRONT_RULE_SECRET: secrets.frontRule,
  MAKE_COM_WEBHOOK_SECRET: secrets.make,
  GATEWAY_STATUS_TOKEN: STATUS_TOKEN,
  GATEWAY_RATE_PER_ADDRESS: '0',
  WEBHOOK_TIMEOUT_SECONDS: '1',
  LOG_LEVEL: 'trace',
}

let kafka: Kafka
const running: ServiceProcess[] = []
beforeAll(async () => {
  kafka = connectKafka({ ...patient, brokers: env.KAFKA_BROKERS.split(','), clientId: 'test', log: quiet, prefix })
  await kafka.ensureTopics([topics.received], { eventPartitions: 4, replication: 1 })
})
afterAll(async () => {
  await Promise.all(running.map((service) => service.stop()))
  await kafka.close()
})

async function start(more: Record<string, string> = {}): Promise<{ service: ServiceProcess; url: string }> {
  const port = await freePort()
  const service = await runService({ name: 'gateway', env: { ...env, GATEWAY_PORT: String(port), ...more } })
  running.push(service)
  return { service, url: `http://127.0.0.1:${port}` }
}

const body = Buffer.from('{"type":"comment","id":"evt_1","text":"canary-body"}')

test('no secret, signature or body is ever in the log or in an answer, at the finest level', async () => {
  const { service, url } = await start()
  const make = freshMakeSample()
  const signed = signFront(body, 'app', secrets.front)
  const answers = [
    await post(url + FRONT_PATH, body, signed),
    await post(url + FRONT_PATH, body, signFront(body, 'rule', secrets.frontRule)),
    await post(url + FRONT_PATH, body, { ...signed, 'x-front-signature': 'canary-signature' }),
    await post(
      `${url + FRONT_PATH}?token=canary-query`,
      '{"canary-body',
      signFront(Buffer.from('{"canary-body'), 'app', secrets.front),
    ),
    await post(url + MAKE_PATH, make.body, headersOf(make, secrets)),
    await post(url + MAKE_PATH, body, signMake(body, 'canary-wrong-key')),
    await post(`${url}/api/webhooks/canary-path`, body, { authorization: 'Bearer canary-bearer' }),
  ]
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 401, 400, 408, 401, 404])
  const status = await fetch(`${url}/api/status`, { headers: { authorization: `Bearer ${STATUS_TOKEN}` } })
  expect(await status.text()).not.toContain('canary')
  await service.stop()
  expect(service.ended).toBe(0)
  const requests = service.log.filter((line) => /"message":"request( refused)?"/.test(line))
  expect(requests).toHaveLength(answers.length + 1)
  expect(service.log.filter((line) => line.includes('canary'))).toEqual([])
  for (const answer of answers) expect(answer.body.toString()).not.toContain('canary')
  for (const [name, value] of Object.entries(signed)) {
    if (name.includes('signature')) expect(service.log.join('\n')).not.toContain(value)
  }
})

test('LOG_LEVEL=debug tells each decision of a request under its webhook_id, without payload or secret; info tells none', async () => {
  const { service, url } = await start({ LOG_LEVEL: 'debug' })
  const taken = await post(url + FRONT_PATH, body, signFront(body, 'app', secrets.front))
  const refused = await post(url + FRONT_PATH, body, signFront(body, 'app', 'canary-wrong'))
  await service.stop()
  const lines = service.log.filter((line) => line.includes('"message":"decision"')).map((line) => JSON.parse(line))
  const decided = (id: unknown) => lines.filter(({ webhook_id }) => webhook_id === id)
  const steps = [
    'route',
    'address-limit',
    'allow-list',
    'body',
    'verify',
    'source-limit',
    'scan',
    'handshake',
    'publish',
  ]
  expect(decided(taken.json.webhook_id).map(({ step }) => step)).toEqual(steps)
  expect(decided(taken.json.webhook_id).find(({ step }) => step === 'verify')).toMatchObject({
    source: 'front',
    scheme: 'app',
    secret_id: 'webhook',
  })
  const [place] = decided(taken.json.webhook_id).at(-1).positions
  expect(place).toMatch(new RegExp(`^${topics.received.name}-\\d+-\\d+$`))
  expect(decided(refused.json.webhook_id).at(-1)).toMatchObject({ step: 'verify', rule: 'signature-mismatch' })
  expect(service.log.filter((line) => line.includes('canary'))).toEqual([])
  const quiet = await start({ LOG_LEVEL: 'info' })
  await post(quiet.url + FRONT_PATH, body, signFront(body, 'app', secrets.front))
  expect(quiet.service.log.filter((line) => line.includes('"decision"'))).toEqual([])
})

test('a gateway that is stopped under load fails no request', async () => {
  // Long enough for the clients to notice and to end what they have begun, on a busy machine too.
  const { service, url } = await start({ GATEWAY_DRAIN_MS: '5000' })
  const agents = Array.from({ length: 8 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  const statuses: (number | string)[] = []
  let isReady = true
  const client = async (agent: Agent) => {
    // A load balancer sends nothing to what is not ready.
    while (isReady) statuses.push(await send(`${url}${FRONT_PATH}`, agent))
  }
  const clients = agents.map(client)
  await waitFor(() => statuses.length > 200, { what: 'load' })
  const stopped = service.kill('SIGTERM')
  await waitFor(async () => (await fetch(`${service.adminUrl}/readyz`)).status === 503, {
    what: 'readiness to go off',
    everyMs: 10,
  })
  isReady = false
  await Promise.all(clients)
  await stopped
  expect(service.ended).toBe(0)
  expect(new Set(statuses)).toEqual(new Set([200]))
})

test('WEBHOOK_VALIDATION_ENABLED=false takes unsigned webhooks as scheme none and says so', async () => {
  const { service, url } = await start({ WEBHOOK_VALIDATION_ENABLED: 'false' })
  const isSaid = () => service.log.some((line) => line.includes('SIGNATURES ARE NOT REQUIRED'))
  await waitFor(isSaid, { what: 'the warning that signatures are not required' })
  const unsigned = await post(url + FRONT_PATH, body)
  const signed = await post(url + FRONT_PATH, body, signFront(body, 'plain', secrets.front))
  const schemes = new Map<unknown, string>()
  for await (const record of kafka.read(topics.received, { from: 'beginning', untilEnd: true })) {
    const value = kafka.decode(topics.received, record)
    schemes.set(value?.webhook_id, value?.scheme ?? '')
  }
  expect(schemes.get(unsigned.json.webhook_id)).toBe('none')
  expect(schemes.get(signed.json.webhook_id)).toBe('plain')
})

test('WEBHOOK_VALIDATION_ENABLED=false is not taken in production', async () => {
  const refused = start({ WEBHOOK_VALIDATION_ENABLED: 'false', NODE_ENV: 'production' })
  await expect(refused).rejects.toThrow('WEBHOOK_VALIDATION_ENABLED')
})

test('a port that is taken is named with the setting that moves it', async () => {
  const { url } = await start()
  await expect(start({ GATEWAY_PORT: new URL(url).port })).rejects.toThrow('GATEWAY_PORT')
})

test('gateways that are told to share a port are dealt its connections', async () => {
  const port = { GATEWAY_PORT: String(await freePort()), GATEWAY_REUSE_PORT: 'true' }
  const [one, two] = [await start(port), await start(port)]
  const url = `http://127.0.0.1:${port.GATEWAY_PORT}${FRONT_PATH}`
  const took = ({ service }: typeof one) => service.log.some((line) => line.includes('"request"'))
  await waitFor(
    async () => {
      expect(await send(url, new Agent({ maxSockets: 1 }))).toBe(200)
      return took(one) && took(two)
    },
    { what: 'both to have taken a webhook' },
  )
})

test('the metrics tell requests by source, status and rule', async () => {
  const { service, url } = await start()
  await post(url + FRONT_PATH, body)
  await post(url + FRONT_PATH, body, signFront(body, 'app', secrets.front))
  // The record of the refusal goes to Kafka beside the requests.
  const isAtRest = /millrace_kafka_queue_records(\{[^}]*\})? 0/
  const metrics = await waitFor(
    async () => {
      const text = await service.metrics()
      return text.includes('millrace_gateway_acknowledge') && isAtRest.test(text) && text
    },
    { what: 'the metrics' },
  )
  expect(metrics).toMatch(
    /millrace_gateway_requests_total\{[^}]*source="front"[^}]*status="401"[^}]*rule="signature-missing"/,
  )
  expect(metrics).toMatch(
    /millrace_gateway_freshness_skew(_seconds)?_count\{[^}]*source="front"[^}]*direction="behind"/,
  )
  expect(metrics).toMatch(isAtRest)
  expect(metrics).toMatch(/millrace_kafka_queue_bytes(\{[^}]*\})? 0/)
  expect(metrics).toMatch(/millrace_kafka_queue_age(_seconds)?(\{[^}]*\})? 0/)
  expect(metrics).toMatch(/millrace_kafka_batch_records_count(\{[^}]*\})? [1-9]/)
  expect(metrics).toMatch(/messaging_client_operation_duration(_seconds)?_count\{[^}]*operation_name="send"/)
  expect(metrics).toMatch(/millrace_gateway_events_total\{[^}]*source="front"/)
  expect(metrics).toMatch(/millrace_gateway_verification_duration(_seconds)?_count/)
})

function send(url: string, agent: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    const request = httpRequest(
      url,
      { method: 'POST', agent, headers: signFront(body, 'app', secrets.front) },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    request.on('error', (error) => resolve(error.message))
    request.end(body)
  })
}

test('every refusal that is explained has its own line, however many came just before, of this source or another', async () => {
  // The sample is ten a minute and source over all processes, those of the other tests too.
  const { service, url } = await start({ LOG_LEVEL: 'info', REDIS_PREFIX: `${prefix}explained.` })
  const mistaken = signFront(body, 'app', secrets.frontRule)
  const answers = await Promise.all(Array.from({ length: 9 }, () => post(url + FRONT_PATH, body, mistaken)))
  answers.push(await post(url + MAKE_PATH, body, signMake(body, `"${secrets.make}"`)))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401))
  const explained = () => service.log.filter((line) => line.includes('"message":"a refused request is explained"'))
  await waitFor(() => explained().length >= answers.length, { what: 'a line for each' })
  await service.stop()
  const told = explained().map((line) => JSON.parse(line).webhook_id)
  expect(told.toSorted()).toEqual(answers.map(({ json }) => json.webhook_id).toSorted())
})

import { newEndpoint, topicKey } from '@millrace/domain'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { type Attempt, type Delivery, deadLetterTopic, type Endpoint, singleObject, topics } from '@millrace/schemas'
import { newSecret, newSecretKey } from '@millrace/signing'
import {
  attemptValue,
  deliveryValue,
  patient,
  quietLog,
  runService,
  startReceiver,
  waitFor,
} from '@millrace/test-support'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Env, jsonLines, ownTopics } from './support/millrace.ts'
import { runInside } from './support/run-inside.ts'

const env: Env = ownTopics()
let kafka: Kafka
beforeAll(async () => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  await runInside(['topics', 'create'])
  const brokers = (env.KAFKA_BROKERS ?? '').split(',')
  kafka = connectKafka({ ...patient, brokers, clientId: 'test', log: quietLog, prefix: env.KAFKA_PREFIX ?? '' })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await kafka?.close()
})

async function endpoint(id: string, changes: Partial<Endpoint> = {}) {
  const made = newEndpoint({ tenant: 'default', endpoint_id: id, url: 'https://customer.example/' }, 0)
  await kafka.send(topics.endpoints, topicKey('default', id), { ...made, max_per_minute: 60_000, ...changes })
}

/** As the delivery service disables an endpoint. */
async function disable(id: string, at: number) {
  await kafka.send(topics.endpointStates, topicKey('default', id), {
    tenant: 'default',
    endpoint_id: id,
    breaker: 'open',
    open_until: 0,
    times_opened: 1,
    failing_since: 1,
    last_success_at: null,
    blocked_until: 0,
    disabled_at: at,
    disabled_reason: 'failing',
    noticed_percent: 90,
    updated_at: at,
  })
}

/** It has failed three times and waits for the next. */
function deliveryOf(id: string, endpointId: string): Delivery {
  return deliveryValue({
    ...{ delivery_id: id, endpoint_id: endpointId, event_id: `evt_${id}`, requested_at: 1_000 },
    ...{ attempts: 3, not_before: 5_000, due_at: 5_000, waiting_for: 'retry', sequence: 4 },
    body: Buffer.from(`{"id":"${id}"}`),
  })
}

/** A dead letter as the delivery service leaves it. */
async function die(id: string, endpointId: string, code = 'MR_DELIVERY_EXHAUSTED', source = topics.retry10s) {
  const key = topicKey('default', endpointId)
  const delivery = deliveryOf(id, endpointId)
  await kafka.send(
    deadLetterTopic(source, 'delivery-send'),
    key,
    singleObject.encode(topics.requested.schema, delivery),
    {
      headers: {
        ce_id: Buffer.from(delivery.event_id),
        'x-error-code': Buffer.from(code),
        'kafka_dlt-exception-message': Buffer.from(`event x to endpoint y: status 500, MR_DELIVERY_STATUS`),
      },
    },
  )
}

async function requested(endpointId: string) {
  const found: { delivery: Delivery; headers: ReadonlyMap<string, Buffer> }[] = []
  for await (const record of kafka.read(topics.requested, { untilEnd: true })) {
    const delivery = kafka.decode(topics.requested, record)
    if (delivery?.endpoint_id === endpointId) found.push({ delivery, headers: record.headers })
  }
  return found
}

const redrive = async (...args: string[]) => {
  const { code, out, err } = await runInside(['deliveries', 'redrive', '--json', ...args])
  return { code, err, result: out === '' ? {} : (JSON.parse(out) as Record<string, unknown>) }
}

test('a dry run counts and writes nothing; the redrive puts back each once, with its own id and body', async () => {
  await endpoint('ep_a')
  for (const id of ['msg_1', 'msg_2', 'msg_3']) await die(id, 'ep_a')
  await die('msg_4', 'ep_a', 'MR_DELIVERY_GONE', topics.requested)
  expect((await redrive('--endpoint', 'ep_a', '--dry-run')).result).toMatchObject({ dead: 4, can: 4, redriven: 0 })
  expect(await requested('ep_a')).toEqual([])

  const first = await redrive('--endpoint', 'ep_a', '--code', 'MR_DELIVERY_EXHAUSTED', '--rate', '500')
  expect(first).toMatchObject({ code: 0, result: { dead: 3, redriven: 3, left: 0 } })
  const again = await requested('ep_a')
  expect(again.map(({ delivery }) => delivery.delivery_id).sort()).toEqual(['msg_1', 'msg_2', 'msg_3'])
  for (const { delivery, headers } of again) {
    expect(delivery).toMatchObject({
      attempts: 0,
      not_before: 0,
      due_at: 0,
      waiting_for: '',
      first_requested_at: 1_000,
    })
    expect(delivery.requested_at).toBeGreaterThan(Date.now() - 60_000)
    expect(String(delivery.body)).toBe(`{"id":"${delivery.delivery_id}"}`)
    expect([...headers.keys()].sort()).toEqual(['ce_id', 'x-redriven-from'])
  }

  expect((await redrive('--endpoint', 'ep_a')).result).toMatchObject({ dead: 1, redriven: 1 })
  expect((await redrive('--endpoint', 'ep_a')).result).toMatchObject({ dead: 0, redriven: 0 })
  expect(await requested('ep_a')).toHaveLength(4)

  await die('msg_1', 'ep_a')
  expect((await redrive('--endpoint', 'ep_a', '--dry-run')).result).toMatchObject({ dead: 1, can: 1 })
})

test('one whose endpoint is gone or disabled is said, and stays', async () => {
  await endpoint('ep_off', { is_enabled: false })
  await endpoint('ep_failing', { updated_at: 1_000 })
  await endpoint('ep_enabled_anew', { updated_at: 3_000 })
  for (const id of ['ep_failing', 'ep_enabled_anew']) await disable(id, 2_000)
  await die('msg_7', 'ep_failing')
  await die('msg_8', 'ep_enabled_anew')
  await die('msg_5', 'ep_none')
  await die('msg_6', 'ep_off')
  const { result } = await redrive(...['msg_5', 'msg_6', 'msg_7', 'msg_8'].flatMap((id) => ['--id', id]))
  expect(result).toMatchObject({ dead: 4, can: 1, redriven: 1 })
  const obstacles = (result.counts as { obstacle: string }[]).map(({ obstacle }) => obstacle)
  expect(obstacles.sort()).toEqual([
    '',
    'its endpoint is disabled',
    'its endpoint is gone',
    'its endpoint was disabled (failing): millrace endpoints enable ends that',
  ])
  const { out } = await runInside(['deliveries', 'redrive', '--endpoint', 'ep_none', '--dry-run'])
  expect(out).toContain('stays: its endpoint is gone')
})

test('the list of the dead says the code, the reason and the tries', async () => {
  await endpoint('ep_listed')
  await die('msg_listed_1', 'ep_listed')
  await die('msg_listed_2', 'ep_listed', 'MR_DELIVERY_EXPIRED')
  const list = ['deliveries', 'list', '--dead', '--endpoint', 'ep_listed']
  expect(jsonLines((await runInside([...list, '--json'])).out)).toMatchObject([
    { delivery: 'msg_listed_1', tries: 4, code: 'MR_DELIVERY_EXHAUSTED' },
    { delivery: 'msg_listed_2', tries: 3, code: 'MR_DELIVERY_EXPIRED' },
  ])
  const { out } = await runInside(list)
  expect(out).toMatch(/ dead +4 +msg_listed_1 .* MR_DELIVERY_EXHAUSTED: event x to endpoint y: status 500/)
})

test('a redrive says at its start how many, how long it takes and which option is the brake', async () => {
  await endpoint('ep_many', { max_per_minute: 20 })
  for (let id = 0; id < 31; id++) await die(`msg_many_${id}`, 'ep_many')
  const dry = ['deliveries', 'redrive', '--endpoint', 'ep_many', '--dry-run']
  expect((await runInside(dry)).err).toBe(
    'would put back 31, in about 3 min at least: --per-endpoint is the brake (10 a minute to ep_many)\n',
  )
  expect((await runInside([...dry, '--per-endpoint', '60000', '--rate', '2'])).err).toBe(
    'would put back 31, in about 15 s at least: --rate is the brake (2 a second in all)\n',
  )
})

test('the rate holds, also for one endpoint alone, and a redrive that is stopped goes on where it was', async () => {
  await endpoint('ep_slow', { max_per_minute: 120 })
  const many = 40
  await Promise.all(Array.from({ length: many }, (_, id) => die(`msg_slow_${id}`, 'ep_slow')))
  const stopping = new AbortController()
  const running = runInside(['deliveries', 'redrive', '--endpoint', 'ep_slow'], stopping.signal)
  // Half of 120 a minute is one a second.
  await waitFor(async () => (await requested('ep_slow')).length >= 2, { what: 'two of them' })
  stopping.abort()
  const stopped = await running
  // Nobody reads a terminal: the plan, and no line a second.
  expect(stopped.err.split('\n').filter((line) => line !== '')).toEqual([
    expect.stringContaining(`putting back ${many}, `),
  ])
  const before = (await requested('ep_slow')).length
  expect(before).toBeLessThan(many)
  expect(stopped).toMatchObject({ code: 1, out: expect.stringContaining(`${before} put back, ${many - before} left`) })
  const { result } = await redrive('--endpoint', 'ep_slow', '--per-endpoint', '60000', '--rate', '500')
  expect(result).toMatchObject({ redriven: many - before, left: 0 })
  const ids = (await requested('ep_slow')).map(({ delivery }) => delivery.delivery_id)
  expect(new Set(ids).size).toBe(many)
  expect(ids).toHaveLength(many)
})

test('without a filter it asks for --all, and a bad time is named', async () => {
  expect((await redrive()).err).toContain('--all')
  expect((await redrive('--since', 'yesterday')).err).toContain('--since')
  expect((await redrive('--all', '--rate', '0')).err).toContain('--rate')
})

test('deliveries are listed by their last try, and one is shown with all its tries', async () => {
  const attempt = (changes: Partial<Attempt>) =>
    attemptValue({
      ...{ delivery_id: 'msg_shown', endpoint_id: 'ep_shown', started_at: Date.now(), duration_ms: 12 },
      ...{ status_code: 500, outcome: 'retrying', error_code: 'MR_DELIVERY_STATUS', plan: 'retry' },
      ...{ next_attempt_at: Date.now() + 4_000, dns_us: 1_200, connect_us: 300, first_byte_us: 9_000 },
      ...{ bytes_sent: 10, bytes_received: 9, answer: Buffer.from('\u001b[2Jno') },
      ...changes,
    })
  const last = {
    attempt: 2,
    status_code: 200,
    outcome: 'succeeded',
    error_code: null,
    plan: '',
    next_attempt_at: null,
  } as const
  for (const each of [attempt({}), attempt({ ...last, answer: null }), attempt({ delivery_id: 'msg_other' })])
    await kafka.send(topics.attempts, topicKey('default', 'ep_shown'), each)
  const { out } = await runInside(['deliveries', 'list', '--json'])
  expect(jsonLines(out)).toMatchObject([
    { delivery: 'msg_shown', state: 'succeeded', tries: 2 },
    { delivery: 'msg_other', state: 'retrying', tries: 1 },
  ])
  const shown = await runInside(['deliveries', 'show', 'msg_shown'])
  expect(shown.out).toContain('dns 1.2, connect 0.3, first byte 9.0')
  expect(shown.out).toContain('last answer: "\\u001b[2Jno"')
  expect((await runInside(['deliveries', 'show', 'msg_none'])).code).not.toBe(0)
})

test('what died at its endpoint is delivered by a redrive, under the same webhook-id', async () => {
  const own: Env = {
    ...ownTopics(),
    REDIS_URL: process.env.REDIS_URL ?? '',
    REDIS_PREFIX: `${env.KAFKA_PREFIX}redrive.`,
    MILLRACE_SECRET_KEYS: newSecretKey('test'),
    DELIVERY_ALLOW_HTTP: 'true',
    DELIVERY_ALLOW_PRIVATE: 'true',
  }
  for (const [name, value] of Object.entries(own)) vi.stubEnv(name, value)
  await runInside(['topics', 'create'])
  const secret = newSecret()
  const receiver = await startReceiver({ secret })
  const add = ['endpoints', 'add', receiver.url, '--secret', secret, '--retries', '1s', '--json']
  const { endpoint_id: id } = JSON.parse((await runInside(add)).out) as { endpoint_id: string }
  const service = await runService({ name: 'delivery', env: own })
  const line = connectKafka({
    ...patient,
    brokers: (own.KAFKA_BROKERS ?? '').split(','),
    clientId: 'test',
    log: quietLog,
    prefix: own.KAFKA_PREFIX ?? '',
  })
  try {
    receiver.failWith([500, 500])
    const delivery = { ...deliveryOf('msg_again', id), attempts: 0, not_before: 0, due_at: 0, sequence: 0 }
    const asked = { ...delivery, waiting_for: '' as const, requested_at: Date.now() }
    await line.send(topics.requested, topicKey('default', id), asked)
    const dead = async () => (await runInside(['deliveries', 'list', '--dead', '--json'])).out !== ''
    await waitFor(dead, { what: 'its death', everyMs: 300 })
    expect(receiver.tries('msg_again').map(({ status }) => status)).toEqual([500, 500])

    expect((await redrive('--code', 'MR_DELIVERY_STATUS')).result).toMatchObject({ redriven: 1 })
    await waitFor(() => receiver.tries('msg_again').length === 3, { what: 'the redriven' })
    const tries = receiver.tries('msg_again')
    expect(tries.map(({ verdict, body }) => [verdict, String(body)])).toEqual(
      Array(3).fill(['ok', '{"id":"msg_again"}']),
    )
    await waitFor(async () => (await runInside(['deliveries', 'list', '--json'])).out.includes('succeeded'), {
      what: 'its success',
      everyMs: 300,
    })
    expect((await runInside(['deliveries', 'show', 'msg_again'])).out.match(/MR_DELIVERY_STATUS/g)).toHaveLength(2)
    expect((await redrive('--all')).result).toMatchObject({ dead: 0 })

    await runInside(['endpoints', 'disable', id])
    const tested = await runInside(['endpoints', 'test', id])
    expect(tested).toMatchObject({ code: 1, out: expect.stringContaining('MR_DELIVERY_ENDPOINT_DISABLED') })
    expect(tested.err).toContain(`it is disabled: millrace endpoints enable ${id} lets it get deliveries again\n`)
    expect(tested.err).toContain('without an entry in the audit')
  } finally {
    await Promise.all([service.stop(), receiver.close(), line.close()])
  }
})

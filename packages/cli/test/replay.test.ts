import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newEndpoint, topicKey } from '@millrace/domain'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { freePort } from '@millrace/local'
import { deadLetterTopic, type EventReplay, singleObject, type Topic, topics } from '@millrace/schemas'
import {
  deliveryValue,
  eventValue,
  patient,
  quietLog,
  runService,
  type ServiceProcess,
  waitFor,
} from '@millrace/test-support'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { type Env, ownTopics } from './support/millrace.ts'
import { runInside } from './support/run-inside.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-replay-'))
let [kafka, service]: [Kafka | undefined, ServiceProcess | undefined] = [undefined, undefined]

beforeAll(async () => {
  const [own, port, token] = [ownTopics(), await freePort(), randomUUID().repeat(2)]
  const env: Env = { ...own, MILLRACE_CONSOLE_URL: `http://127.0.0.1:${port}`, MILLRACE_CONSOLE_TOKEN: token }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  await runInside(['topics', 'create'])
  const brokers = (own.KAFKA_BROKERS ?? '').split(',')
  kafka = connectKafka({ ...patient, brokers, clientId: 'test', log: quietLog, prefix: own.KAFKA_PREFIX ?? '' })
  service = await runService({
    name: 'console',
    readyWithinMs: 90_000,
    env: {
      ...own,
      REDIS_URL: process.env.REDIS_URL ?? '',
      REDIS_PREFIX: own.KAFKA_PREFIX ?? '',
      CONSOLE_HOST: '127.0.0.1',
      CONSOLE_PORT: String(port),
      CONSOLE_DATA_DIR: join(directory, 'data'),
      CONSOLE_LINK_FILE: join(directory, 'link'),
      CONSOLE_ADMIN_TOKEN: token,
    },
  })
}, 150_000)
afterAll(async () => {
  vi.unstubAllEnvs()
  await Promise.all([service?.stop(), kafka?.close()])
  rmSync(directory, { recursive: true, force: true })
})

const eventOf = (event_id: string) =>
  eventValue({ event_id, received_at: Date.now(), webhook_id: randomUUID(), reply_to: 'replies' })

async function replays(target: string): Promise<EventReplay[]> {
  const found: EventReplay[] = []
  for await (const record of kafka?.read(topics.replays as Topic<unknown>, { untilEnd: true }) ?? []) {
    const replay = kafka?.decode(topics.replays, record)
    if (replay?.target === target) found.push(replay)
  }
  return found
}

test('what came through the topic is counted, replayed by the console, and shown', async () => {
  const [one, two] = [eventOf('evt_cli_1'), eventOf('evt_cli_2')]
  for (const event of [one, two]) await kafka?.send(topics.events, topicKey('default', 'cnv_1'), event)
  const dry = ['replay', '--conversation', 'cnv_1', '--to', 'knowledge-extract', '--dry-run', '--json']
  const count = async () => (JSON.parse((await runInside(dry)).out) as { count: number }).count === 2
  await waitFor(count, { what: 'the ledger to have both', everyMs: 300 })
  expect(await replays('knowledge-extract')).toEqual([])

  const asked = ['replay', 'evt_cli_1', '--to', 'knowledge-extract', '--reason', 'a test', '--json']
  const { code, out } = await runInside(asked)
  const ended = JSON.parse(out) as { replay_id: string }
  expect([code, ended]).toMatchObject([0, { state: 'done', total: 1, done: 1, reason: 'a test' }])
  const [replay] = await replays('knowledge-extract')
  expect(replay).toMatchObject({ event_id: 'evt_cli_1', reply_to: null, received_at: one.received_at })
  expect(replay?.payload).toEqual(one.payload)
  const shown = await runInside(['replay', 'show', ended.replay_id])
  expect(shown.out).toBe(`${ended.replay_id}: done, 1 of 1\n`)
  const cancelled = await runInside(['replay', 'cancel', ended.replay_id])
  expect(cancelled).toMatchObject({ code: 1, err: expect.stringContaining('has ended already (MR_CONSOLE_CONFLICT)') })
})

test('a support pack of an event is found by its own id or its webhook id, and holds nothing of its payload', async () => {
  const event = {
    ...eventOf('evt_support'),
    payload: Buffer.from('{"text":"swordfish"}'),
    conversation_id: 'cnv_support',
  }
  await kafka?.send(topics.events, topicKey('default', 'cnv_support'), event)
  const file = join(directory, 'pack.json')
  const pack = () => runInside(['support', event.webhook_id, '--out', file])
  await waitFor(async () => (await pack()).code === 0, { what: 'the event', everyMs: 300 })
  const text = readFileSync(file, 'utf8')
  expect(JSON.parse(text)).toMatchObject({ event: { event_id: 'evt_support' }, timeline: { spans: expect.any(Array) } })
  expect(text).not.toMatch(/swordfish|cnv_support/)
  expect(await runInside(['support', 'evt_nobody'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('no event evt_nobody'),
  })
})

test('a console that is killed amid a replay goes on where it was when it is back, and writes nothing twice', async () => {
  const sources = [topics.events, topics.replays] as unknown as readonly Topic<unknown>[]
  const reader = kafka?.consume({
    group: 'conversation-snapshot',
    topics: sources,
    ordering: 'none',
    handle: async () => {},
  })
  onTestFinished(() => reader?.close())
  const ids = Array.from({ length: 50 }, (_, nth) => `evt_kill_${nth}`)
  for (const id of ids) {
    const event = { ...eventOf(id), conversation_id: 'cnv_kill' }
    await kafka?.send(topics.events, topicKey('default', 'cnv_kill'), event)
  }
  const to = ['replay', '--conversation', 'cnv_kill', '--to', 'conversation-snapshot']
  const count = async () =>
    (JSON.parse((await runInside([...to, '--dry-run', '--json'])).out) as { count: number }).count === 50
  await waitFor(count, { what: 'the ledger to have all', everyMs: 300 })
  let written = 0
  const tail = new AbortController()
  const follow = async () => {
    for await (const record of kafka?.read(topics.replays as Topic<unknown>, { signal: tail.signal }) ?? [])
      if (kafka?.decode(topics.replays, record)?.target === 'conversation-snapshot') written++
  }
  const following = follow()
  onTestFinished(async () => {
    tail.abort()
    await following
  })
  // Slow enough that much is left when the first are seen.
  const watching = runInside([...to, '--rate', '5'])
  await waitFor(() => written >= 15, { what: 'some of it' })
  await service?.kill()
  expect(await watching).toMatchObject({ code: 1, err: expect.stringContaining('does not answer') })
  await service?.start()
  const [id = ''] = /rpl_[0-9a-f-]+/.exec((await watching).err) ?? []
  const show = async () => (await runInside(['replay', 'show', id])).out
  await waitFor(async () => (await show()).includes('done, 50 of 50'), {
    what: 'its end',
    everyMs: 300,
  })
  expect((await replays('conversation-snapshot')).map(({ event_id }) => event_id).toSorted()).toEqual(ids.toSorted())
})

test('dead deliveries are redriven by the console, all their topics at once', async () => {
  const key = topicKey('default', 'ep_1')
  const endpoint = newEndpoint({ tenant: 'default', endpoint_id: 'ep_1', url: 'https://customer.example/' }, 0)
  await kafka?.send(topics.endpoints, key, { ...endpoint, max_per_minute: 60_000 })
  for (const [nth, source] of [topics.requested, topics.retry1h].entries()) {
    const bytes = singleObject.encode(topics.requested.schema, deliveryValue({ delivery_id: `msg_${nth}` }))
    await kafka?.send(deadLetterTopic(source, 'delivery-send'), key, bytes, { headers: { 'x-error-code': 'MR_TEST' } })
  }
  const redriven = await runInside(['deliveries', 'redrive', '--endpoint', 'ep_1', '--json'])
  expect([redriven.code, JSON.parse(redriven.out)]).toMatchObject([0, { dead: 2, can: 2, redriven: 2, left: 0 }])
  const again = await runInside(['deliveries', 'redrive', '--endpoint', 'ep_1', '--json'])
  expect(JSON.parse(again.out)).toMatchObject({ dead: 0 })
})

test('a dead letter is redriven by the console, and one alone by this command where there is no console', async () => {
  const dead = deadLetterTopic(topics.events as Topic<unknown>, 'handlers')
  for (const id of ['evt_dead_1', 'evt_dead_2']) {
    const bytes = singleObject.encode(topics.events.schema, eventOf(id))
    await kafka?.send(dead, topicKey('default', 'cnv_1'), bytes, { headers: { ce_id: id, 'x-error-code': 'MR_TEST' } })
  }
  const dry = await runInside(['redrive', 'events', 'handlers', '--dry-run'])
  expect(dry.out).toBe('would put back 2, in 1 s at least\n2 that died of MR_TEST\n')
  const first = await runInside(['redrive', 'events', 'handlers', '--event', 'evt_dead_1', '--json'])
  expect([first.code, JSON.parse(first.out)]).toMatchObject([0, { state: 'done', total: 1, done: 1 }])
  vi.stubEnv('MILLRACE_CONSOLE_URL', '')
  const second = await runInside(['redrive', 'events', 'handlers'])
  expect(second).toMatchObject({
    code: 0,
    out: '1 of 1 put back\n',
    err: expect.stringContaining('no audit tells of it'),
  })
  expect((await runInside(['replay', 'evt_cli_1', '--to', 'handlers'])).err).toContain('set MILLRACE_CONSOLE_URL')
  expect((await replays('handlers')).map(({ event_id }) => event_id)).toEqual(['evt_dead_1', 'evt_dead_2'])
})

test('what was typed wrongly is named', async () => {
  expect((await runInside(['replay', 'evt_1'])).err).toContain('--to')
  expect((await runInside(['replay', '--to', 'handlers'])).err).toContain('--since')
  expect((await runInside(['replay', 'evt_1', '--to', 'handlers', '--rate', 'fast'])).err).toContain('--rate')
  expect((await runInside(['redrive', 'events', 'nobody'])).code).toBe(1)
})

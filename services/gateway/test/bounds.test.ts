import { connect, type Socket } from 'node:net'
import { KafkaError } from '@millrace/kafka'
import { FRONT_PATH, signFront, startKafkaProxy, waitFor } from '@millrace/test-support'
import { afterEach, expect, test } from 'vitest'
import { createLoadGuard } from '../src/load-guard.ts'
import { type Answer, type Installation, type InstallationOptions, install, secrets } from './support/installation.ts'

const open: { close(): Promise<void> }[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const each of open.splice(0).toReversed()) await each.close()
})

async function installed(options: InstallationOptions): Promise<Installation> {
  const at = await install(options)
  open.push(at)
  return at
}

const body = Buffer.from('{"type":"comment","id":"evt_1"}')
const send = (at: Installation) => at.post(FRONT_PATH, body, signFront(body, 'app', secrets.front))

/** Connects and says nothing. */
async function idle(at: Installation, count: number): Promise<Socket[]> {
  const made = Array.from({ length: count }, () =>
    connect(Number(new URL(at.url).port), '127.0.0.1').on('error', () => {}),
  )
  sockets.push(...made)
  await waitFor(() => made.every((socket) => !socket.connecting), { what: 'the connections' })
  return made
}

const closed = (all: readonly Socket[]) => all.filter((socket) => socket.destroyed || socket.readableEnded).length

test('an address gets no more connections than its share', async () => {
  const at = await installed({ settings: { maxConnectionsPerAddress: 5 } })
  const [first, more] = [await idle(at, 5), await idle(at, 3)]
  for (const socket of [...first, ...more]) socket.resume()
  await waitFor(() => closed(more) === 3, { what: 'the connections beyond the share to be closed' })
  expect(closed(first)).toBe(0)
})

test('a trusted proxy, which brings the connections of many, has no share', async () => {
  const at = await installed({ settings: { maxConnectionsPerAddress: 1, trustedProxies: ['127.0.0.1'] } })
  await idle(at, 5)
  expect((await send(at)).status).toBe(200)
})

test('idle connections, however many, keep nobody out: the oldest makes room', async () => {
  const at = await installed({ settings: { maxConnections: 5 } })
  const idlers = await idle(at, 20)
  for (const socket of idlers) socket.resume()
  expect((await send(at)).status).toBe(200)
  await waitFor(() => closed(idlers) >= 16, { what: 'the older ones to be closed' })
})

test('connections that never speak stay below the bound', async () => {
  const at = await installed({ settings: { maxConnections: 10 } })
  const idlers = await idle(at, 60)
  for (const socket of idlers) socket.resume()
  await waitFor(() => closed(idlers) >= 50, { what: 'those beyond the bound to be closed' })
})

test('a sender who connects in the middle of a flood is heard before it is judged silent', async () => {
  const at = await installed({ settings: { maxConnections: 20 } })
  const good = Array.from({ length: 5 }, () => send(at))
  await idle(at, 24)
  expect((await Promise.all(good)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
})

test('while Kafka takes nothing, requests are refused before they are read, without a line each, and taken again afterwards', async () => {
  const proxy = await startKafkaProxy((process.env.KAFKA_BROKERS ?? '').split(','))
  open.push(proxy)
  const at = await installed({ brokers: proxy.brokers })
  expect((await send(at)).status).toBe(200)
  for (const each of proxy.proxies()) each.set('response', { mode: 'hold' })
  const sent: Promise<Answer>[] = []
  const answers: Answer[] = []
  const shed = await waitFor(
    () => {
      sent.push(send(at))
      sent.at(-1)?.then((answer) => answers.push(answer))
      // Made before there was a request: it has no id.
      return answers.find(({ status, json }) => status === 503 && json.webhook_id === undefined)
    },
    { what: 'a refusal before the request is read', everyMs: 100 },
  )
  expect(shed).toMatchObject({ status: 503, json: { rule: 'kafka-queue-full' } })
  expect(Number(shed.headers.get('retry-after'))).toBeGreaterThan(0)
  for (const each of proxy.proxies()) each.heal()
  await Promise.all(sent)
  await waitFor(async () => (await send(at)).status === 200, { what: 'webhooks to be taken again' })
  const told = await waitFor(() => at.log.find((line) => 'message' in line && line.message === 'requests shed'), {
    what: 'the line that tells of them',
  })
  expect(told).toMatchObject({ rule: 'kafka-queue-full', count: expect.any(Number) })
})

test('load is shed while the event loop lags by more than the bound, not after one long turn', async () => {
  // A busy machine alone must not be as late as that.
  const guard = createLoadGuard({ maxDelayMs: 150, isKafkaBehind: () => false })
  try {
    const turn = (ms: number) =>
      new Promise<void>((resolve) =>
        setImmediate(() => {
          for (const until = performance.now() + ms; performance.now() < until; );
          resolve()
        }),
      )
    await turn(300)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(guard.refusal()).toBeUndefined()
    const lagged = await waitFor(
      async () => {
        for (let turns = 0; turns < 2; turns++) await turn(250)
        return guard.refusal()
      },
      { what: 'a refusal', everyMs: 0 },
    )
    expect(lagged).toMatchObject({ code: 'MR_GATEWAY_OVERLOADED', statusCode: 503 })
    await waitFor(() => guard.refusal() === undefined, { what: 'the end of it' })
  } finally {
    guard.close()
  }
})

test('a refusal for Kafka is one of Kafka’s', () => {
  const guard = createLoadGuard({ maxDelayMs: 0, isKafkaBehind: () => true })
  expect(guard.refusal()).toBeInstanceOf(KafkaError)
  guard.close()
})

import { FRONT_PATH, type KafkaProxy, ownTime, signFront, startKafkaProxy, waitFor } from '@millrace/test-support'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Installation, install, secrets } from './support/installation.ts'

let proxy: KafkaProxy
let at: Installation
beforeEach(async () => {
  proxy = await startKafkaProxy((process.env.KAFKA_BROKERS ?? '').split(','))
  at = await install({ brokers: proxy.brokers })
})
afterEach(async () => {
  await at.close()
  await proxy.close()
})

let count = 0
const send = (body = Buffer.from(`{"type":"comment","id":"evt_${++count}"}`)) =>
  at.post(FRONT_PATH, body, signFront(body, 'app', secrets.front))

const all = (step: 'down' | 'up') => Promise.all(proxy.proxies().map((each) => each[step]()))

test('without Kafka a webhook is refused with 503 within 2 s, and taken again when it is back', async () => {
  expect((await send()).status).toBe(200)
  await all('down')
  const refused = await send()
  expect(refused).toMatchObject({ status: 503, json: { rule: 'kafka-unavailable', code: 'MR_KAFKA_UNAVAILABLE' } })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(refused.ms).toBeLessThan(2_000)
  const levels = at.log.flatMap((line) =>
    'status' in line && line.status === 503 && 'level' in line ? [line.level] : [],
  )
  expect(levels).toEqual(['info', 'warn'])
  await all('up')
  const since = ownTime()
  const taken = await waitFor(async () => ((await send()).status === 200 ? 'taken' : false), {
    what: 'a webhook to be taken',
  })
  expect(taken).toBe('taken')
  expect(ownTime() - since).toBeLessThan(5_000)
})

test('while Kafka is known to be away, all but the one request that tries it are refused at once, and recovery is noticed', async () => {
  expect((await send()).status).toBe(200)
  await all('down')
  expect((await send()).status).toBe(503)
  const refused = await Promise.all(Array.from({ length: 20 }, () => send()))
  for (const each of refused) {
    expect(each).toMatchObject({ status: 503, json: { rule: 'kafka-unavailable' } })
    expect(Number(each.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  expect(refused.filter(({ ms }) => ms >= 1_200).length).toBeLessThanOrEqual(1)
  await all('up')
  const since = ownTime()
  const isBack = async () => (await Promise.all([send(), send()])).every(({ status }) => status === 200)
  await waitFor(isBack, { what: 'every webhook to be taken' })
  expect(ownTime() - since).toBeLessThan(5_000)
})

test('a broker that says nothing any more costs a sender 2 s at most', async () => {
  expect((await send()).status).toBe(200)
  for (const each of proxy.proxies()) each.set('response', { mode: 'hold' })
  const refused = await send()
  expect(refused.status).toBe(503)
  expect(refused.ms).toBeLessThan(2_000)
  for (const each of proxy.proxies()) each.heal()
})

test('an array of which a part was not stored is not acknowledged', async () => {
  expect((await send()).status).toBe(200)
  const lost = proxy.loseAnswers({ api: 'Produce', count: 100, how: 'cut' })
  lost.catch(() => {})
  const events = Array.from({ length: 20 }, (_, place) => `{"type":"comment","id":"evt_p${place}"}`)
  const answer = await send(Buffer.from(`[${events.join(',')}]`))
  expect(answer.status).toBe(503)
  expect(answer.json.events).toBeUndefined()
})

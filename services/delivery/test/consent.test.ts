import { afterAll, expect, test } from 'vitest'
import { body, never, posterWith, postOnce } from './support/posting.ts'
import { createServers } from './support/servers.ts'

const servers = createServers()
afterAll(() => servers.close())

/** A receiver that answers the question for consent so; `seen` has its requests. */
async function receiver(status: number, headers: Record<string, string>) {
  const seen: string[] = []
  const url = await servers.http((request, response) => {
    seen.push(`${request.method} ${request.headers['webhook-request-origin'] ?? ''}`.trim())
    request.resume()
    if (request.method === 'OPTIONS') response.writeHead(status, headers).end()
    else response.end()
  })
  return { url, seen }
}

const agreed = { 'webhook-allowed-origin': 'hooks.millrace.net', 'webhook-allowed-rate': '120' }

test('an endpoint that wants to be asked is asked once, and its rate is told', async () => {
  const { url, seen } = await receiver(200, agreed)
  const poster = posterWith({ origin: 'hooks.millrace.net' })
  const target = { url, owner: 'a', asksConsent: true }
  const first = await poster.post(target, {}, body, never)
  expect(first).toMatchObject({ errorCode: null, statusCode: 200, allowedPerMinute: 120, phase: 'done' })
  expect(await poster.post(target, {}, body, never)).toMatchObject({ errorCode: null, allowedPerMinute: 120 })
  expect(seen).toEqual(['OPTIONS hooks.millrace.net', 'POST', 'POST'])
  await poster.close()
})

test('others are not asked', async () => {
  const { url, seen } = await receiver(200, agreed)
  expect(await postOnce(url)).toMatchObject({ errorCode: null, allowedPerMinute: null })
  expect(seen).toEqual(['POST'])
})

test('everybody allowed is consent, without a rate', async () => {
  const { url } = await receiver(204, { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' })
  expect(await postOnce(url, {}, { asksConsent: true })).toMatchObject({ errorCode: null, allowedPerMinute: null })
})

test.each([
  ['405', 405, { 'webhook-allowed-origin': '*' }],
  ['200 without a word', 200, {}],
  ['200 for another origin', 200, { 'webhook-allowed-origin': 'other.example.net' }],
  ['a redirect', 302, { location: '/', 'webhook-allowed-origin': '*' }],
])('%s is no consent: nothing is posted, and the next try asks again', async (_, status, headers) => {
  const { url, seen } = await receiver(status, headers)
  const poster = posterWith()
  for (let time = 0; time < 2; time++) {
    const posted = await poster.post({ url, owner: 'a', asksConsent: true }, {}, body, never)
    expect(posted).toMatchObject({ errorCode: 'MR_DELIVERY_NO_CONSENT', statusCode: null, wasSent: false })
  }
  expect(seen).toEqual(['OPTIONS millrace', 'OPTIONS millrace'])
  await poster.close()
})

test('tries at the same time ask once', async () => {
  const { url, seen } = await receiver(200, { 'webhook-allowed-origin': '*' })
  const poster = posterWith()
  const target = { url, owner: 'a', asksConsent: true }
  const posted = await Promise.all(Array.from({ length: 5 }, () => poster.post(target, {}, body, never)))
  expect(posted.every(({ errorCode }) => errorCode === null)).toBe(true)
  expect(seen.filter((each) => each.startsWith('OPTIONS'))).toHaveLength(1)
  await poster.close()
})

test('a question that is not answered is a time-out within the same deadline', async () => {
  const url = await servers.raw(() => {})
  const posted = await postOnce(url, { timeoutMs: 3_000 }, { asksConsent: true })
  expect(posted).toMatchObject({ errorCode: 'MR_DELIVERY_TIMEOUT', phase: 'consent', wasSent: false })
  expect(posted.tookMs).toBeLessThan(5_700)
})

import { topics } from '@millrace/schemas'
import { standardWebhooksHeaders } from '@millrace/signing'
import { waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commentEvent } from '../test/support/receivers.ts'
import { startTestSystem, type TestSystem } from '../test/support/test-system.ts'
import { exampleReceivers, type RunningExample, startExample } from './example-receivers.ts'

interface Served {
  readonly example: RunningExample
  readonly endpointId: string
}

const names = Object.keys(exampleReceivers)

let system: TestSystem
const served = new Map<string, Served>()

beforeAll(async () => {
  system = await startTestSystem(['gateway', 'dedup', 'delivery'])
  const { endpointSecret } = system
  const started = await Promise.all(names.map((name) => startExample(name, endpointSecret)))
  for (const [place, example] of started.entries()) {
    if (example) served.set(names[place] ?? '', { example, endpointId: await addEndpoint(system, example.url) })
  }
  await waitFor(() => areAllServed(system, [...served.values()]), {
    what: 'every example to be served',
    deadlineMs: 60_000,
  })
}, 600_000)

afterAll(async () => {
  await Promise.all(Array.from(served.values(), ({ example }) => example.stop()))
  await system?.stop()
}, 60_000)

test.for(names)('%s takes what is delivered, once, and nothing that is forged', { timeout: 60_000 }, async (name) => {
  const { example, endpointId } = served.get(name) ?? {}
  // Its language is missing here, as was said.
  if (example === undefined || endpointId === undefined) return
  const body = Buffer.from('{"type":"comment.added","timestamp":"2026-01-01T00:00:00Z","data":{"text":"grüße 🌊"}}')
  const sent = (secret: string, ageSeconds = 0) =>
    standardWebhooksHeaders({
      id: 'repeated',
      timestampSeconds: Math.floor(Date.now() / 1_000) - ageSeconds,
      body,
      secrets: [secret],
    })
  const { endpointSecret } = system
  const statuses = [
    await post(example.url, sent(endpointSecret), body),
    await post(example.url, sent(endpointSecret), body),
    await post(example.url, sent(endpointSecret), Buffer.from(body.toString().replace('grüße', 'Grüße'))),
    await post(example.url, sent(endpointSecret, 3_600), body),
    await post(example.url, sent('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'), body),
  ]
  expect(statuses).toEqual([204, 204, 401, 401, 401])
  const delivered = await waitForDeliveries(system, endpointId)
  await system.millrace('endpoints', 'disable', endpointId)
  const taken = await example.stop()
  expect(taken.toSorted()).toEqual(expect.arrayContaining([...delivered, 'repeated'].toSorted()))
  expect(new Set(taken).size).toBe(taken.length)
})

async function addEndpoint(system: TestSystem, url: string): Promise<string> {
  const secret = ['--secret', system.endpointSecret]
  const printed = await system.millrace('endpoints', 'add', url, '--types', 'comment.added', ...secret, '--json')
  return JSON.parse(printed).endpoint_id
}

/** Events that come before the service has read the endpoints are not for them: so one is sent after the other. */
async function areAllServed(system: TestSystem, all: readonly Served[]): Promise<boolean> {
  await system.postFront(commentEvent().body, 'app')
  const isServed = ({ endpointId }: Served) => deliveredTo(system, endpointId).size > 0
  return waitFor(() => all.every(isServed), { what: 'a probe', deadlineMs: 3_000 }).catch(() => false)
}

function deliveredTo(system: TestSystem, endpointId: string): Set<string> {
  const attempts = system.topics.follow(topics.attempts)
  const mine = attempts.filter(({ value }) => value.endpoint_id === endpointId && value.outcome === 'succeeded')
  return new Set(mine.map(({ value }) => value.delivery_id))
}

/** What was asked for so far, once all of it is delivered. */
async function waitForDeliveries(system: TestSystem, endpointId: string): Promise<ReadonlySet<string>> {
  const requested = system.topics.follow(topics.requested).filter(({ value }) => value.endpoint_id === endpointId)
  const isDone = () => deliveredTo(system, endpointId).size >= requested.length
  await waitFor(isDone, { what: `${requested.length} deliveries to ${endpointId}`, deadlineMs: 20_000 })
  return deliveredTo(system, endpointId)
}

async function post(url: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<number> {
  const all = { 'content-type': 'application/json', ...headers }
  const answer = await fetch(url, { method: 'POST', headers: all, body, signal: AbortSignal.timeout(10_000) })
  await answer.arrayBuffer()
  return answer.status
}

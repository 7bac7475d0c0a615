import type { Topic } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import { metrics } from '@opentelemetry/api'
import type { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { createRefusalExplainer, type RefusalExplainer, type RefusedRequest } from '../src/explain-refusal.ts'
import { createSharedCounts } from '../src/shared-counts.ts'
import { frontSource } from './support/installation.ts'

const body = Buffer.from('{"type":"comment"}')
const headers = {
  'x-front-signature': Buffer.alloc(32, 7).toString('base64'),
  'x-front-request-timestamp': '1760000000000',
}

function refused(source = frontSource, more: Partial<RefusedRequest> = {}): RefusedRequest {
  const common = { webhookId: 'id', receivedAt: 1_760_000_000_000, address: '192.0.2.1', rule: 'signature-mismatch' }
  return { ...common, source, headers, body, ...more }
}

interface Bench {
  readonly explainer: RefusalExplainer
  readonly records: Record<string, unknown>[]
  readonly lines: object[]
  setClock(ms: number): void
}

function bench(
  send: (value: Record<string, unknown>) => Promise<void> = async () => {},
  isReachable = true,
  budgetMs = 1_000_000,
): Bench {
  const records: Record<string, unknown>[] = []
  const lines: object[] = []
  let clock = 0
  // Nobody to share with.
  const counts = createSharedCounts({ redis: { status: 'end' } as Redis, now: () => clock })
  const explainer = createRefusalExplainer({
    kafka: {
      isReachable: () => isReachable,
      send: (async (_topic: Topic, _key: string, value: Record<string, unknown>) => {
        records.push(value)
        await send(value)
      }) as never,
    },
    log: { info: (line) => void lines.push(line), warn: (line) => void lines.push(line) },
    meter: metrics.getMeter('test'),
    sources: () => [frontSource],
    counts,
    budgetMs,
  })
  const setClock = (ms: number) => {
    clock = ms
  }
  return { explainer, records, lines, setClock }
}

test('ten a minute and source are looked at; the next one tells how many were not', async () => {
  const { explainer, records, setClock } = bench()
  for (let count = 0; count < 500; count++) explainer.note(refused())
  await explainer.settled()
  expect(records).toHaveLength(10)
  setClock(60_000)
  explainer.note(refused())
  await explainer.settled()
  expect(records).toHaveLength(11)
  expect(records.at(-1)).toMatchObject({ unsampled: 490 })
})

test('what many sources cause at once is bounded, and none is forgotten in the counts', async () => {
  const { explainer, records, setClock } = bench()
  const sources = Array.from({ length: 50 }, (_, place) => ({ ...frontSource, name: `source-${place}` }))
  for (const source of sources) explainer.note(refused(source))
  await explainer.settled()
  expect(records).toHaveLength(32)
  setClock(60_000)
  explainer.note(refused(sources.at(-1)))
  await explainer.settled()
  expect(records.at(-1)).toMatchObject({ source: 'source-49', unsampled: 1 })
})

test('a Kafka that refuses, never answers or is away holds up nothing', async () => {
  for (const [send, isReachable, sent] of [
    [() => Promise.reject(new Error('no topic')), true, 10],
    [() => new Promise<void>(() => {}), true, 10],
    [async () => {}, false, 0],
  ] as const) {
    const { explainer, records, lines } = bench(send, isReachable)
    for (let count = 0; count < 20; count++) explainer.note(refused())
    await explainer.settled()
    expect(records).toHaveLength(sent)
    expect(lines.length).toBeGreaterThanOrEqual(10)
  }
})

test('records that wait for Kafka are bounded', async () => {
  const { explainer, records } = bench(() => new Promise<void>(() => {}))
  const sources = Array.from({ length: 20 }, (_, place) => ({ ...frontSource, name: `source-${place}` }))
  for (let round = 0; round < 3; round++) {
    for (const source of sources) explainer.note(refused(source))
    await explainer.settled()
  }
  expect(records).toHaveLength(32)
})

test('the event loop goes on while a large body is explained', async () => {
  const { explainer, records } = bench()
  const secrets = Array.from({ length: 20 }, (_, place) => ({ id: `s${place}`, secret: `secret ${place}` }))
  const large = Buffer.from(JSON.stringify({ type: 'comment', text: 'x'.repeat(65_000) }))
  let turns = 0
  const turn = () => {
    turns += 1
    timer = setImmediate(turn)
  }
  let timer = setImmediate(turn)
  const before = process.threadCpuUsage()
  explainer.note(refused({ ...frontSource, secrets }, { body: large }))
  const noting = process.threadCpuUsage(before)
  // To take note costs the request that is refused next to nothing.
  expect((noting.user + noting.system) / 1_000).toBeLessThan(20)
  const cpu = process.threadCpuUsage()
  await explainer.settled()
  const { user, system } = process.threadCpuUsage(cpu)
  clearImmediate(timer)
  expect(records).toHaveLength(1)
  // Turns of a millisecond: whatever it took, others had their turn in between, each 5 ms at the latest on average.
  expect(turns).toBeGreaterThan((user + system) / 1_000 / 5)
})

test('explanations take no more of a second than their budget', async () => {
  const { explainer, records } = bench(undefined, true, 2)
  const secrets = Array.from({ length: 10 }, (_, place) => ({ id: `s${place}`, secret: `secret ${place}` }))
  const large = Buffer.from(JSON.stringify({ type: 'comment', text: 'x'.repeat(60_000) }))
  const cpu = process.threadCpuUsage()
  const began = performance.now()
  explainer.note(refused({ ...frontSource, secrets }, { body: large }))
  await waitFor(() => performance.now() - began > 1_500, { what: 'one and a half seconds of explaining' })
  const { user, system } = process.threadCpuUsage(cpu)
  // The rest is what this test itself does.
  expect((user + system) / 1_000).toBeLessThan(150)
  expect(records).toEqual([])
  explainer.close()
})

test('nothing is looked at once it is closed', async () => {
  const { explainer, records } = bench()
  explainer.note(refused())
  explainer.close()
  explainer.note(refused())
  await explainer.settled()
  expect(records).toEqual([])
})

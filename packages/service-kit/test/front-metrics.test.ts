import { randomUUID } from 'node:crypto'
import { quietLog, startFrontSimulator } from '@millrace/test-support'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { createFrontClients } from '../src/front-clients.ts'
import { holdSources } from '../src/hold-sources.ts'

test('metrics tell calls by route and status and the budget by lane, by no name or id', async () => {
  const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `${randomUUID()}:` })
  const front = await startFrontSimulator({ token: 'right', autoCreate: true })
  const prometheus = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ readers: [prometheus] })
  const account = { tenant: 'north', name: 'acme', provider: 'front', apiToken: 'right', baseUrl: front.url }
  const sources = holdSources({ sources: [], accounts: [{ ...account, callsPerMinute: 600 }], tenants: [] })
  const parts = { sources, redis, log: quietLog, meter: provider.getMeter('test'), onClose() {} }
  const clients = createFrontClients(parts)
  const client = clients.of('north', 'acme')
  await client?.getConversation('cnv_1', { lane: 'live-high' })
  await client?.listMessages('cnv_1', { lane: 'live-high' })
  await client?.getEvent('evt_1', { lane: 'poll' }).catch(() => {})
  front.revoke(true)
  await client?.listInboxes({ lane: 'poll' }).catch(() => {})
  const text = new PrometheusSerializer().serialize((await prometheus.collect()).resourceMetrics)
  const value = (name: string, ...labels: readonly string[]) =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
      ?.split(' ')[1]
  expect(value('millrace_front_call_duration_count', 'route="/conversations/{id}"', 'status="200"')).toBe('1')
  expect(value('millrace_front_call_duration_count', 'route="/events/{id}"', 'status="404"')).toBe('1')
  expect(value('millrace_front_budget_calls_total', 'lane="live-high"', 'via="plan"')).toBe('2')
  expect(value('millrace_front_budget_calls_total', 'lane="poll"', 'via="plan"')).toBe('2')
  expect(value('millrace_front_budget_wait_count', 'lane="live-high"')).toBe('2')
  expect(value('millrace_front_budget_waiting', 'lane="replay"')).toBe('0')
  expect(value('millrace_front_degraded', 'reason="token"')).toBe('1')
  expect(value('millrace_front_degraded', 'reason="scope"')).toBe('0')
  expect(text).not.toMatch(/acme|cnv_|evt_/)
  await clients.close()
  await Promise.all([provider.shutdown(), front.close()])
  redis.disconnect()
})

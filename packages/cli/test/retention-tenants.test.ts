import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TenantRetention } from '@millrace/console-client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { showTenants, tenantVerdict } from '../src/retention-tenants.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const HOUR = 3_600_000

function tenant(changes: Partial<TenantRetention> = {}, means: TenantRetention['topics']['means'] = 'data-keys') {
  const ledger = { days: 14, payload_days: 14, oldest_at: NOW - 24 * HOUR, enforced_at: NOW - HOUR }
  const topics = {
    means,
    readable_from: NOW - 15 * 24 * HOUR,
    oldest_key_day: '20261109',
    enforced_at: NOW - 12 * HOUR,
  }
  return { tenant: 'north', days: 14, next_days: null, next_from: null, ledger, topics, ...changes }
}

test('days hold where both rows and keys were ended lately', () => {
  expect(tenantVerdict(tenant(), NOW)).toBe('as promised')
  expect(tenantVerdict(tenant({ days: null }), NOW)).toBe('none')
  expect(tenantVerdict(tenant(), NOW + 49 * HOUR)).toBe('OVERDUE')
  expect(tenantVerdict(tenant({ ledger: { ...tenant().ledger, enforced_at: null } }), NOW)).toBe('OVERDUE')
  expect(tenantVerdict(tenant({}, 'topic-retention'), NOW)).toBe('TABLES ONLY')
})

test('where nothing ends records in topics it says so, and what is to hold later too', async () => {
  const tenants = [tenant({}, 'topic-retention'), tenant({ tenant: 'south', days: null, next_days: 7, next_from: NOW })]
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ tenants }))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  vi.stubEnv('MILLRACE_CONSOLE_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  const [lines, notes]: [string[], string[]] = [[], []]
  const terminal = { line: (text: string) => lines.push(text), note: (text: string) => notes.push(text) }
  expect(await showTenants(terminal as never, false, NOW)).toBe('kept longer')
  expect(lines.join('\n')).toMatch(/north +14 d +14 d +2026-11-22 12:00Z .*as topics keep them .*TABLES ONLY/)
  expect(notes).toEqual([
    expect.stringContaining('its 14 days bind the console’s tables, not topics'),
    'south: 7 days hold from 2026-11-23 12:00Z on',
  ])
})

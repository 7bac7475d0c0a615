import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Admin, startAdmin } from '../src/admin.ts'
import { type Check, createChecks } from '../src/checks.ts'

let admin: Admin | undefined
afterEach(() => admin?.close())

async function start(checksToAdd: Check[], scrape = async () => 'metric 1\n'): Promise<string> {
  const checks = createChecks()
  for (const check of checksToAdd) checks.add(check)
  admin = await startAdmin({ host: '127.0.0.1', port: 0, portSetting: 'X_ADMIN_PORT', checks, scrape })
  return `http://127.0.0.1:${admin.port}`
}

test('a service without a complaint is live and ready', async () => {
  const at = await start([{ name: 'a', live: () => true, ready: async () => true }])
  const [live, ready] = await Promise.all([fetch(`${at}/livez`), fetch(`${at}/readyz?verbose`)])
  expect([live.status, ready.status]).toEqual([200, 200])
  expect(ready.headers.get('cache-control')).toBe('no-store')
  expect(await ready.json()).toEqual({ ok: true, checks: { a: { ok: true } } })
})

test('a check that fails makes it unready, with the reason', async () => {
  const at = await start([
    { name: 'a', ready: () => true },
    { name: 'b', ready: () => 'no broker' },
    { name: 'c', ready: () => false },
    { name: 'd', ready: () => Promise.reject(new Error('boom')) },
  ])
  const ready = await fetch(`${at}/readyz`)
  expect(ready.status).toBe(503)
  expect(await ready.json()).toEqual({
    ok: false,
    checks: {
      a: { ok: true },
      b: { ok: false, reason: 'no broker' },
      c: { ok: false },
      d: { ok: false, reason: 'boom' },
    },
  })
  expect((await fetch(`${at}/livez`)).status).toBe(200)
})

test('a check that never answers counts as failed', async () => {
  const at = await start([{ name: 'a', ready: () => new Promise(() => {}) }])
  expect(await (await fetch(`${at}/readyz`)).json()).toMatchObject({
    checks: { a: { reason: 'no answer within 800 ms' } },
  })
})

test('an optional check is shown and does not count', async () => {
  const at = await start([{ name: 'redis', ready: () => 'away', isOptional: true }])
  const ready = await fetch(`${at}/readyz`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toEqual({ ok: true, checks: { redis: { ok: false, reason: 'away', optional: true } } })
})

test('metrics come in Prometheus text format', async () => {
  const metrics = await fetch(`${await start([])}/metrics`)
  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await metrics.text()).toBe('metric 1\n')
})

test('metrics that cannot be collected are a 500, not a crash', async () => {
  const at = await start([], () => Promise.reject(new Error('boom')))
  expect((await fetch(`${at}/metrics`)).status).toBe(500)
})

test.each([
  ['GET', '/', 404],
  ['GET', '/readyz/x', 404],
  ['POST', '/readyz', 405],
])('%s %s is refused', async (method, path, status) => {
  expect((await fetch(`${await start([])}${path}`, { method })).status).toBe(status)
})

test('a port in use is told with the setting that moves it', async () => {
  await start([])
  const port = admin?.port ?? 0
  const second = startAdmin({
    host: '127.0.0.1',
    port,
    portSetting: 'X_ADMIN_PORT',
    checks: createChecks(),
    scrape: async () => '',
  })
  await expect(second).rejects.toMatchObject({
    code: 'MR_SERVICE_PORT_TAKEN',
    message: `Port ${port} on 127.0.0.1 is in use; X_ADMIN_PORT sets another`,
  })
})

test('closing does not wait for a client that keeps its connection open', async () => {
  await start([])
  const socket = connect(admin?.port ?? 0, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => {})
  await admin?.close()
  await closed
})

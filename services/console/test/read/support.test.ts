import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTenant, startTestConsole, type TestConsole } from '../support/console.ts'
import { addAttempt, addDeadLetter, addDelivery, addEvent, addHops, beginLedger, T0 } from './support/seed.ts'

let running: TestConsole
beforeAll(async () => {
  running = await startTestConsole()
  const { db } = running.deps
  await beginLedger(db)
  await addEvent(db, {
    event_id: 'evt_1',
    conversation_id: 'cnv_secret1',
    client_id: 'client-bo@acme.com',
    payload: '{"text":"my password is swordfish"}',
  })
  await addHops(db, { event_id: 'evt_1', snapshot_at: T0 + 300 })
  await addDelivery(db, { delivery_id: 'msg_1', event_id: 'evt_1', conversation_id: 'cnv_secret1' })
  await addAttempt(db, { delivery_id: 'msg_1', event_id: 'evt_1', answer: Buffer.from('hello bo@acme.com') })
  await addDeadLetter(db, { offset: 1, event_id: 'evt_1' })
  const config = {
    ...{ event_types: ['message.received'], payload_filter: '{"email":"bo@acme.com"}', description: 'for Bo Smith' },
    ...{ url: 'https://hooks.acme.example/path/tok3n?key=k3y', conversation_id: 'cnv_secret1' },
  }
  const endpoint = {
    tenant: 'default',
    endpoint_id: 'ep_1',
    kind: 'general',
    is_enabled: true,
    created_at: T0,
    updated_at: T0,
  }
  await db
    .insertInto('endpoints')
    .values({ ...endpoint, url: config.url, description: config.description, config: JSON.stringify(config) })
    .execute()
})
afterAll(() => running.close())

const get = async (path: string, headers: Record<string, string>) =>
  await running.app.inject({ url: `/api/v1/tenants/default${path}`, headers })

test('a support pack has ids, times, tries and configuration, and nothing personal or secret', async () => {
  const { headers } = await running.logIn(inTenant('default', 'viewer'))
  const answer = await get('/events/evt_1/support', headers)
  expect(answer.statusCode).toBe(200)
  for (const word of ['swordfish', 'secret1', 'acme.com', 'bo@', 'Bo Smith', 'tok3n', 'k3y', '203.0.113.9'])
    expect(answer.body).not.toContain(word)
  const pack = answer.json()
  expect(pack.event.conversation_id).toMatch(/^cnv_…[0-9a-f]{8}$/)
  expect(pack.deliveries[0].conversation_id).toBe(pack.event.conversation_id)
  expect(pack.deliveries[0].tries[0]).toMatchObject({ address: '203.0.113.…', status_code: 200, answer: '(17 bytes)' })
  expect(pack.configuration.endpoints[0]).toMatchObject({
    url: 'https://hooks.acme.example/…',
    has_payload_filter: true,
  })
  expect(pack).toMatchObject({ dead_letters: [{ error_code: 'MR_DELIVERY_FAULT' }], timeline: { event_id: 'evt_1' } })
})

test('settings are shown to an administrator alone, secrets masked', async () => {
  const viewer = await running.logIn(inTenant('default', 'approver'))
  expect((await get('/settings', viewer.headers)).statusCode).toBe(403)
  const admin = await running.logIn(inTenant('default', 'admin'))
  const answer = await get('/settings', admin.headers)
  expect(answer.statusCode).toBe(200)
  const { items } = answer.json()
  expect(items.find(({ name }: { name: string }) => name === 'CONSOLE_ADMIN_TOKEN')).toMatchObject({ is_secret: true })
  expect(answer.body).not.toContain(running.adminToken)
})

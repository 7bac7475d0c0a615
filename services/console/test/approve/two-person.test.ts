import { topics } from '@millrace/schemas'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createActor } from '../../src/access/actor.ts'
import { sha256 } from '../../src/approve/require.ts'
import { inTenant } from '../support/console.ts'
import { type Office, type Person, startOffice } from './people.ts'
import { expectRefusal, expectStillOpen, type Refused } from './refusals.ts'

/*
 * Every way that we could think of in which one person might pass the approval of two. What cannot be refused, since no console can know it, is in
 * beyond-refusal.test.ts and in docs/approvals.md.
 */
describe('one person alone', () => {
  let office: Office
  let ada: Person

  beforeAll(async () => {
    // Real concurrency: each request has a connection of its own.
    office = await startOffice({ kind: 'postgres' })
    ada = await office.admin()
  })
  afterAll(() => office.close())

  const expectOpen = (id: string, status?: string) => expectStillOpen(office, id, status)
  const expectRefused = (...refused: Refused) => expectRefusal(office, ...refused)

  test('two people: one asks, the other approves, and exactly what was approved is handed to the delivery service', async () => {
    const asked = await office.asks(await office.operator())
    const { status, body } = await office.approves(await office.approver(), asked)
    expect([status, body.status, body.decided_mode]).toEqual([200, 'done', 'two-person'])
    const [delivery, ...more] = await office.sent(asked.id)
    expect(more).toEqual([])
    expect(delivery?.body.toString()).toBe(asked.params.payload)
    expect(delivery?.approval).toMatch(/^mrs1\./)
  })

  test('by approving what one asked for', async () => {
    await expectRefused(ada, await office.asks(ada), 'MR_CONSOLE_SAME_PERSON')
  })

  test('by approving with a token of one’s own what one asked for, or asking by a token and approving oneself', async () => {
    const token = await office.tokenOf(ada, 'admin')
    await expectRefused(token, await office.asks(ada), 'MR_CONSOLE_TOKEN_DECIDES')
    await expectRefused(ada, await office.asks(token), 'MR_CONSOLE_SAME_PERSON')
  })

  test('by a second token', async () => {
    const asked = await office.asks(await office.tokenOf(ada))
    await expectRefused(await office.tokenOf(ada, 'admin'), asked, 'MR_CONSOLE_TOKEN_DECIDES')
  })

  test('by a token that was made for another: whoever made it counts as asking', async () => {
    const bob = await office.operator()
    const asked = await office.asks(await office.tokenOf(bob))
    await office.deps.db
      .updateTable('approvals')
      .set({ requested_persons: [bob.userId, ada.userId] })
      .where('id', '=', asked.id)
      .execute()
    await expectRefused(ada, asked, 'MR_CONSOLE_SAME_PERSON')
    const token = await office.tokenOf(bob)
    await office.deps.db
      .updateTable('tokens')
      .set({ created_by: ada.userId })
      .where('user_id', '=', bob.userId)
      .execute()
    await expectRefused(ada, await office.asks(token), 'MR_CONSOLE_SAME_PERSON')
  })

  test('by asking or approving with CONSOLE_ADMIN_TOKEN, which nobody in particular holds', async () => {
    const { status, body } = await office.tryToAsk(office.host)
    expect([status, body.code]).toEqual([403, 'MR_CONSOLE_NO_PERSON'])
    // A token that was made with it, as for MCP clients of npm start, is nobody's either, and the answer says what to do.
    const asked = await office.tryToAsk(await office.tokenOf(office.host))
    expect(asked.body).toMatchObject({
      status: 403,
      detail: expect.stringMatching(/make a token of your own.*mcp-token/),
    })
    await expectRefused(office.host, await office.asks(ada), 'MR_CONSOLE_TOKEN_DECIDES')
  })

  test('by removing the account that asked, or the one that made it', async () => {
    const puppet = await office.makes(ada, 'operator')
    const asked = await office.asks(puppet)
    const { db } = office.deps
    for (const table of ['user_roles', 'sessions', 'login_codes'] as const)
      await db.deleteFrom(table).where('user_id', '=', puppet.userId).execute()
    await db.deleteFrom('users').where('id', '=', puppet.userId).execute()
    await expectRefused(ada, asked, 'MR_CONSOLE_SAME_PERSON')
  })

  test('by giving oneself the role of an approver after asking', async () => {
    const bob = await office.operator()
    const asked = await office.asks(bob)
    expect((await office.approves(bob, asked)).status).toBe(403)
    await office.deps.db.updateTable('user_roles').set({ role: 'admin' }).where('user_id', '=', bob.userId).execute()
    await expectRefused(bob, asked, 'MR_CONSOLE_SAME_PERSON')
  })

  test('by the session of somebody whose role or account was taken away since', async () => {
    const asked = await office.asks(ada)
    const [demoted, disabled] = [await office.approver(), await office.approver()]
    const path = (user: Person) => `/api/v1/users/${user.userId}`
    await office.call(ada, 'PATCH', path(demoted), { roles: [inTenant('default', 'viewer')] })
    await office.call(ada, 'PATCH', path(disabled), { is_disabled: true })
    await expectRefused(demoted, asked, 'MR_CONSOLE_FORBIDDEN')
    await expectRefused(disabled, asked, 'MR_CONSOLE_UNAUTHENTICATED', 401)
  })

  test('as an approver of another tenant, or without any session', async () => {
    const asked = await office.asks(ada)
    await expectRefused(await office.person(inTenant('other', 'admin')), asked, 'MR_CONSOLE_NOT_FOUND', 404)
    await expectRefused(undefined, asked, 'MR_CONSOLE_UNAUTHENTICATED', 401)
    const both = await office.person(inTenant('default', 'viewer'), inTenant('other', 'approver'))
    const elsewhere = `/api/v1/tenants/other/approvals/${asked.id}/approve`
    expect((await office.post(both, elsewhere, { params_sha256: asked.params_sha256 })).status).toBe(404)
    await expectOpen(asked.id)
  })

  test('by two approvals, or an approval and a withdrawal, at the same moment: one of them counts, and it is done once', async () => {
    const bob = await office.approver()
    const asked = await office.asks(ada)
    const answers = await Promise.all([...Array(6)].map(() => office.approves(bob, asked)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409, 409])
    expect(await office.sent(asked.id)).toHaveLength(1)

    const other = await office.asks(ada)
    const cancel = office.post(ada, `/approvals/${other.id}/cancel`, {})
    const [approved, cancelled] = await Promise.all([office.approves(bob, other), cancel])
    expect([approved.status, cancelled.status].toSorted()).toEqual([200, 409])
    expect(await office.sent(other.id)).toHaveLength(approved.status === 200 ? 1 : 0)
  })

  test('by sending an approval again', async () => {
    const bob = await office.approver()
    const asked = await office.asks(ada)
    expect((await office.approves(bob, asked)).status).toBe(200)
    const again = await office.approves(bob, asked)
    expect([again.status, again.body.code]).toEqual([409, 'MR_CONSOLE_APPROVAL_CLOSED'])
    await office.swept()
    expect(await office.sent(asked.id)).toHaveLength(1)
  })

  test('by approving what was refused, withdrawn or has expired', async () => {
    const bob = await office.approver()
    const [refused, withdrawn, expired] = [await office.asks(ada), await office.asks(ada), await office.asks(ada)]
    expect((await office.post(bob, `/approvals/${refused.id}/refuse`, { reason: 'no' })).status).toBe(200)
    expect((await office.post(ada, `/approvals/${withdrawn.id}/cancel`, {})).status).toBe(200)
    await office.deps.db.updateTable('approvals').set({ expires_at: Date.now() }).where('id', '=', expired.id).execute()
    for (const asked of [refused, withdrawn, expired]) {
      const { status, body } = await office.approves(bob, asked)
      expect([status, body.code]).toEqual([409, 'MR_CONSOLE_APPROVAL_CLOSED'])
      expect(await office.sent(asked.id)).toEqual([])
    }
    await office.swept()
    expect((await office.stored(expired.id)).status).toBe('expired')
  })

  test('by asking for a time without end', async () => {
    const asked = await office.asks(ada)
    const { expires_at, requested_at } = await office.stored(asked.id)
    expect(expires_at - requested_at).toBeLessThanOrEqual(86_400_000)
  })

  test('by having approved what the approver did not see', async () => {
    const bob = await office.approver()
    const [asked, other] = [await office.asks(ada), await office.asks(ada)]
    await expectRefused(bob, { ...asked, params_sha256: other.params_sha256 }, 'MR_CONSOLE_APPROVAL_CHANGED', 409)
    const { status } = await office.post(bob, `/approvals/${asked.id}/approve`, {})
    expect(status).toBe(400)
    await expectOpen(asked.id)
  })

  test('by changing the request: there is no way over the API, and what was changed in the database is not executed', async () => {
    const bob = await office.approver()
    const asked = await office.asks(ada)
    for (const method of ['PATCH', 'PUT', 'DELETE'])
      expect((await office.call(ada, method, `/approvals/${asked.id}`, { params: {} })).status).toBe(405)
    const { params_json } = await office.stored(asked.id)
    const changed = params_json.replace('42', '43')
    const set = (row: object) => office.deps.db.updateTable('approvals').set(row).where('id', '=', asked.id).execute()
    await set({ params_json: changed })
    await expectRefused(bob, asked, 'MR_CONSOLE_APPROVAL_CHANGED', 409)
    await set({ params_sha256: sha256(changed) })
    await expectRefused(bob, asked, 'MR_CONSOLE_APPROVAL_CHANGED', 409)
    // The approver looks again and approves the changed one: the chain tells that nobody asked for that.
    const { status, error } = (await office.approves(bob, { ...asked, params_sha256: sha256(changed) })).body
    expect([status, error]).toEqual(['failed', 'what is stored is not what was approved'])
    expect(await office.sent(asked.id)).toEqual([])
  })

  test('by writing "approved" into the database', async () => {
    const asked = await office.asks(ada)
    const row = { status: 'approved' as const, decided_at: Date.now(), decided_by: 'usr_x', decided_name: 'Bob' }
    await office.deps.db.updateTable('approvals').set(row).where('id', '=', asked.id).execute()
    await office.swept()
    await expectOpen(asked.id, 'failed')
  })

  test('by turning the endpoint of approved responses to another URL, or testing it', async () => {
    const bob = await office.approver()
    const asked = await office.asks(ada, { response_url: 'https://127.0.0.1:9/other' })
    const { result } = (await office.approves(bob, asked)).body
    const path = `/endpoints/${result.endpoint_id}`
    expect((await office.call(ada, 'PATCH', path, { url: 'https://127.0.0.1:9/else' })).status).toBe(409)
    expect((await office.post(ada, `${path}/test`)).status).toBe(409)
  })

  test('by changing, rotating or setting anew what the service disabled, where enabling needs approval', async () => {
    const { deps } = office
    const off = await office.endpoint({ updated_at: 1_000 })
    const learnt = {
      tenant: 'default',
      endpoint_id: off.endpoint_id,
      breaker: 'closed' as const,
      open_until: 0,
      times_opened: 0,
      failing_since: null,
      last_success_at: null,
      blocked_until: 0,
      disabled_at: 2_000,
      disabled_reason: 'gone' as const,
      noticed_percent: 0,
      updated_at: 2_000,
    }
    await deps.kafka.send(topics.endpointStates, `default/${off.endpoint_id}`, learnt)
    const state = async () => (await office.call(ada, 'GET', `/endpoints/${off.endpoint_id}`)).body.state
    await expect.poll(state, { timeout: 60_000 }).toBe('gone')
    const path = `/endpoints/${off.endpoint_id}`
    expect((await office.call(ada, 'PATCH', path, { description: 'x' })).status).toBe(409)
    expect((await office.post(ada, `${path}/rotate`, {})).status).toBe(409)
    const { status, body } = await office.post(ada, `${path}/enable`, { reason: 'it is mended' })
    expect([status, await state()]).toEqual([202, 'gone'])
    await expectRefused(ada, body.approval, 'MR_CONSOLE_SAME_PERSON')
    expect((await office.approves(await office.approver(), body.approval)).body.status).toBe('done')
    expect(await state()).toBe('enabled')

    const config = { config: { callback_url: 'https://127.0.0.1:9/bot' }, usecase: 'support' }
    const set = () => office.call(ada, 'PUT', '/configs', [config])
    const [made] = (await set()).body.items
    expect((await office.post(ada, `/endpoints/${made.endpoint.endpoint_id}/disable`, {})).status).toBe(200)
    expect((await set()).status).toBe(409)
  })

  test('by splitting a replay into parts that need none, one after the other, at once, by tokens or by accounts of one’s own', async () => {
    const actorOf = (id: string, tokenId: string | null = null) =>
      createActor({
        id: tokenId ?? id,
        name: id,
        kind: tokenId === null ? 'user' : 'token',
        personId: id,
        tokenId,
        grants: [inTenant('default', 'operator')],
      })
    const wants = (id: string, count: number, tokenId?: string) =>
      office.deps.approvals.require({
        kind: 'replay',
        tenant: 'default',
        actor: actorOf(id, tokenId ?? null),
        subject: 'replay/x',
        reason: 'again',
        count,
        params: { count },
      })
    const needed = async (...of: Parameters<typeof wants>) => (await wants(...of)).needed
    const eve = await office.admin()
    expect(await needed(eve.userId, 1_001)).toBe(true)
    expect(await needed(eve.userId, 600)).toBe(false)
    expect(await needed(eve.userId, 600)).toBe(true)
    await office.tokenOf(eve)
    const tokens = office.deps.db.selectFrom('tokens').select('id').where('user_id', '=', eve.userId)
    expect(await needed(eve.userId, 500, (await tokens.executeTakeFirstOrThrow()).id)).toBe(true)
    expect(await needed((await office.makes(eve, 'operator')).userId, 500)).toBe(true)
    expect(await needed(eve.userId, 400)).toBe(false)

    const mallory = await office.operator()
    const all = await Promise.all([...Array(10)].map(() => wants(mallory.userId, 300)))
    expect(all.filter((one) => !one.needed)).toHaveLength(3)
    expect(await needed((await office.operator()).userId, 1_000)).toBe(false)
  })

  test('without a reason', async () => {
    const { status, body } = await office.tryToAsk(ada, { reason: '  ' })
    expect([status, body.errors]).toEqual([
      400,
      [{ pointer: '/reason', detail: expect.stringContaining('is missing') }],
    ])
  })

  test('by setting that one person is enough: no route does; it is a setting of the process', () => {
    const paths = Object.entries(office.app.swagger().paths ?? {})
    const writes = paths.filter(
      ([path, item]) => /settings/.test(path) && Object.keys(item ?? {}).some((m) => m !== 'get'),
    )
    expect(writes).toEqual([])
  })

  test('each attempt that was refused is in the audit, with who made it', async () => {
    const asked = await office.asks(ada)
    await office.approves(ada, asked)
    const { items } = (await office.call(ada, 'GET', `/audit?approval=${asked.id}`)).body
    expect(items).toMatchObject([
      {
        action: 'approval.approve',
        outcome: 'refused',
        actor_id: ada.userId,
        detail: { code: 'MR_CONSOLE_SAME_PERSON' },
      },
      { action: 'approval.request', outcome: 'done', actor_id: ada.userId },
    ])
  })
})

import { newSecretKey } from '@millrace/signing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Office, type Person, startOffice } from '../approve/people.ts'
import { createTestBlindIndex, createTestCipher } from '../support/test-cipher.ts'

const encryption = { cipher: createTestCipher(), blindIndex: createTestBlindIndex() }
let office: Office
let [asker, both, decider] = [{} as Person, {} as Person, {} as Person]

beforeAll(async () => {
  office = await startOffice({ encryption, env: { MILLRACE_ENCRYPTION: 'true' } })
  asker = await office.operator()
  both = await office.approver()
  decider = await office.approver()
})
afterAll(() => office.close())

const body = { subject: 'conversation:cnv_two', reason: 'request 5' }

test('who asked cannot approve, and who decides sees whom it is about, which is stored sealed', async () => {
  const asked = await office.post(both, '/erasures', body)
  expect(asked).toMatchObject({ status: 202, body: { state: 'waiting-for-approval', receipt: null } })
  const { approval_id: approval } = asked.body
  const { body: shown } = await office.call(both, 'GET', `/approvals/${approval}`)
  expect(shown.params.request).toMatchObject({ subject: 'conversation:cnv_two', subject_kind: 'conversation' })
  for (const table of ['approvals', 'erasures', 'replay_jobs', 'audit_entries'] as const)
    expect(JSON.stringify(await office.deps.db.selectFrom(table).selectAll().execute())).not.toContain('cnv_two')
  const word = { params_sha256: shown.params_sha256 }
  expect(await office.post(both, `/approvals/${approval}/approve`, word)).toMatchObject({ status: 403 })
  expect(await office.post(decider, `/approvals/${approval}/refuse`, {})).toMatchObject({ status: 200 })
})

test('a request that is taken back is over', async () => {
  const { body: asked } = await office.post(asker, '/erasures', body)
  const cancelled = await office.post(asker, `/erasures/${asked.erasure_id}/cancel`)
  expect(cancelled.body).toMatchObject({ state: 'cancelled', receipt: null, erased_at: null })
})

test('who asks for what waits already gets that request, until it is decided', async () => {
  const { body: asked } = await office.post(asker, '/erasures', body)
  const again = await office.post(both, '/erasures', { ...body, reason: 'request 6' })
  expect(again).toMatchObject({ status: 202, body: { erasure_id: asked.erasure_id, requested_by: asker.userId } })
  const other = await office.post(asker, '/erasures', { ...body, subject: 'conversation:cnv_three' })
  expect(other.body.erasure_id).not.toBe(asked.erasure_id)
  await office.post(asker, `/erasures/${asked.erasure_id}/cancel`)
  const anew = await office.post(asker, '/erasures', body)
  expect(anew.body.erasure_id).not.toBe(asked.erasure_id)
  for (const { erasure_id } of [other.body, anew.body]) await office.post(asker, `/erasures/${erasure_id}/cancel`)
})

test('a reason that names whom it is about is refused', async () => {
  const named = await office.post(asker, '/erasures', {
    subject: 'email:eve@example.org',
    reason: 'Eve@Example.org asked',
  })
  expect(named).toMatchObject({ status: 400, body: { errors: [{ pointer: '/reason' }] } })
})

test('words of a decision that name whom it is about are refused, and it stays open', async () => {
  const { body: asked } = await office.post(asker, '/erasures', body)
  const { approval_id: approval } = asked
  const { body: shown } = await office.call(decider, 'GET', `/approvals/${approval}`)
  const reason = 'CNV_two is ours'
  const approving = { reason, params_sha256: shown.params_sha256 }
  for (const [verdict, word] of [
    ['approve', approving],
    ['refuse', { reason }],
  ] as const)
    expect(await office.post(decider, `/approvals/${approval}/${verdict}`, word)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/reason' }] },
    })
  expect(await office.post(asker, `/approvals/${approval}/cancel`, { reason })).toMatchObject({ status: 400 })
  expect(await office.stored(approval)).toMatchObject({ status: 'pending', decision_reason: '' })
  const { body: audit } = await office.call(await office.admin(), 'GET', `/audit?approval=${approval}`)
  expect(JSON.stringify(audit).toLowerCase()).not.toContain('cnv_two')
  const { status } = await office.post(decider, `/approvals/${approval}/refuse`, { reason: 'it is ours' })
  expect(status).toBe(200)
})

test('a subject that is none is refused without being repeated', async () => {
  const wrong = await office.post(asker, '/erasures', { subject: 'eve@example.org', reason: 'she asked' })
  expect(wrong).toMatchObject({ status: 400, body: { errors: [{ pointer: '/subject' }] } })
  expect(JSON.stringify(wrong.body)).not.toContain('eve@')
})

test('with encryption off it is refused with what it could not do, unless that is accepted', async () => {
  const off = await startOffice({ encryption, env: { MILLRACE_SECRET_KEYS: newSecretKey('k1') } })
  const ada = await off.operator()
  const refused = await off.post(ada, '/erasures', body)
  expect(refused).toMatchObject({ status: 409 })
  expect(refused.body.detail).toContain('MILLRACE_ENCRYPTION')
  expect(await off.post(ada, '/erasures', { ...body, without_encryption: true })).toMatchObject({ status: 202 })
  await off.close()
})

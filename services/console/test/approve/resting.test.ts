import { newSecretKey, parseSecretKeys } from '@millrace/signing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRestingTexts, plainTexts } from '../../src/db/resting.ts'
import { sealResting } from '../../src/db/seal-resting.ts'
import { createJobStore } from '../../src/replay/job-store.ts'
import { type Office, type Person, startOffice } from './people.ts'

const secretKeys = newSecretKey('k1')
let office: Office
let asker: Person
let decider: Person

beforeAll(async () => {
  office = await startOffice({ env: { MILLRACE_SECRET_KEYS: secretKeys, MILLRACE_ENCRYPTION: 'true' } })
  ;[asker, decider] = await Promise.all([office.operator(), office.approver()])
})
afterAll(() => office.close())

const canaries = { response_data: { answer: 'canary answer' }, reason: 'canary reason' }
/** As a backup would have it. */
const stored = async () => {
  const db = office.deps.db.withoutPlugins()
  const found = await Promise.all([
    db.selectFrom('approvals').selectAll().execute(),
    db.selectFrom('audit_entries').selectAll().execute(),
  ])
  return JSON.stringify(found)
}

test('what was asked for, why, and what came of it rest sealed; people see it, it is executed, and the chain holds', async () => {
  const asked = await office.asks(asker, canaries)
  expect(asked.params.payload).toContain('canary answer')
  expect(await office.approves(decider, asked)).toMatchObject({ status: 200, body: { status: 'done' } })
  const reason = 'canary of who refuses'
  const other = await office.asks(asker, canaries)
  await office.post(decider, `/approvals/${other.id}/refuse`, { reason })

  expect(await stored()).not.toContain('canary')
  const { body: shown } = await office.call(decider, 'GET', `/approvals/${other.id}`)
  expect(shown).toMatchObject({ reason: 'canary reason', decision_reason: reason, status: 'refused' })
  const { body: audit } = await office.call(await office.admin(), 'GET', `/audit?approval=${asked.id}`)
  expect(audit.items.map(({ action, is_open }: { action: string; is_open: boolean }) => [action, is_open])).toEqual([
    ...[
      ['approval.execute', false],
      ['approval.execute', false],
      ['approval.approve', false],
      ['approval.request', false],
    ],
  ])
  expect(audit.items.at(-1)).toMatchObject({ reason: 'canary reason', detail: { kind: 'webhook-response' } })
  expect(await office.deps.audit.verify()).toMatchObject({ state: 'whole', macs: { unchecked: 0 } })
})

test('an altered byte is no other request: nothing is executed', async () => {
  const { db } = office.deps
  const asked = await office.asks(asker, canaries)
  const raw = db.withoutPlugins()
  const { params_json } = await raw
    .selectFrom('approvals')
    .select('params_json')
    .where('id', '=', asked.id)
    .executeTakeFirstOrThrow()
  const altered = `${params_json.slice(0, -1)}${params_json.endsWith('A') ? 'Q' : 'A'}`
  await db.updateTable('approvals').set({ params_json: altered }).where('id', '=', asked.id).execute()
  expect(await office.approves(decider, asked)).toMatchObject({ status: 409 })
})

test('why a job is done and what went wrong with it rest sealed, also from before', async () => {
  const { db } = office.deps
  const raw = db.withoutPlugins()
  const resting = createRestingTexts(parseSecretKeys(secretKeys))
  const store = createJobStore(db, resting)
  const job = { tenant: 'default', kind: 'replay', rate: 1, requested_by: 'ada', requested_by_name: 'Ada' } as const
  const request = { keeps_ids: true, reason: 'canary reason' }
  for (const id of ['rpl_new', 'rpl_old']) await store.insert({ ...job, id, request, created_at: Date.now() })
  const failed = { state: 'failed', error: 'canary error', ended_at: Date.now() } as const
  const shown = { reason: 'canary reason', error: 'canary error', request: { keeps_ids: true } }
  expect(await store.move('rpl_new', ['preparing'], failed)).toMatchObject(shown)
  const jobs = async () => JSON.stringify(await raw.selectFrom('replay_jobs').selectAll().execute())
  expect(await jobs()).not.toContain('canary')

  const asItWas = { ...failed, reason: request.reason, request: JSON.stringify(request) }
  await raw.updateTable('replay_jobs').set(asItWas).where('id', '=', 'rpl_old').execute()
  expect(await jobs()).toContain('canary')
  expect(await sealResting(db, resting, AbortSignal.timeout(60_000))).toBe(1)
  expect(await jobs()).not.toContain('canary')
  for (const id of ['rpl_new', 'rpl_old']) {
    const { request, ...found } = await store.get('default', 'replay', id)
    expect({ ...found, request }).toMatchObject(shown)
    expect(request).toEqual({ keeps_ids: true })
  }
})

test('what rested as it is, or under another master key, is sealed anew; what does not open is left', async () => {
  const { db } = office.deps
  const raw = db.withoutPlugins()
  const lost = createRestingTexts(parseSecretKeys(newSecretKey('gone'))).seal('nobody opens it')
  const asked = await office.asks(asker, canaries)
  const set = (changes: { reason?: string; params_json?: string }) =>
    raw.updateTable('approvals').set(changes).where('id', '=', asked.id).execute()
  await set({ reason: 'canary as it is', params_json: lost })
  const next = createRestingTexts(parseSecretKeys(`${newSecretKey('k2')},${secretKeys}`))
  const signal = AbortSignal.timeout(60_000)
  expect(await sealResting(db, next, signal)).toBeGreaterThan(1)
  const rows = await raw.selectFrom('audit_entries').select(['reason', 'detail_json']).execute()
  expect(rows.filter(({ detail_json }) => !detail_json.startsWith('{"sealed":"mrs1.k2.'))).toEqual([])
  expect(
    await raw.selectFrom('approvals').select(['params_json', 'reason']).where('id', '=', asked.id).execute(),
  ).toEqual([{ params_json: lost, reason: expect.stringMatching(/^mrs1\.k2\./) }])
  expect(await sealResting(db, next, signal)).toBe(0)
  expect(await sealResting(db, plainTexts, signal)).toBe(0)
})

import { quietLog } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApprovals } from '../../src/approve/approvals.ts'
import { CONTENTS_KEPT_MS } from '../../src/approve/let-contents-go.ts'
import { type Office, type Person, startOffice } from './people.ts'

let office: Office
let [asker, decider] = [{} as Person, {} as Person]
beforeAll(async () => {
  office = await startOffice()
  ;[asker, decider] = await Promise.all([office.operator(), office.approver()])
})
afterAll(() => office.close())

/** Looks through them as if it were later. */
async function sweptAfter(ms: number): Promise<void> {
  const { db, audit } = office.deps
  const now = () => Date.now() + ms
  const later = createApprovals({ db, audit, log: quietLog, policy: { mode: 'two-person', also: [] }, now })
  await later.sweep()
  await later.close()
}

test('what a request was about and what came of it go seven days after its end, its hash and its history do not', async () => {
  const words = { response_data: { answer: 'canary answer' } }
  const [done, refused] = [await office.asks(asker, words), await office.asks(asker, words)]
  office.deps.approvals.onApproved('webhook-response', async () => ({ told: 'canary result' }))
  await office.approves(decider, done)
  await office.post(decider, `/approvals/${refused.id}/refuse`, {})

  await sweptAfter(CONTENTS_KEPT_MS - 60_000)
  for (const { id } of [done, refused])
    expect((await office.call(decider, 'GET', `/approvals/${id}`)).body.params.payload).toContain('canary answer')

  await sweptAfter(CONTENTS_KEPT_MS + 1)
  const { body: shown } = await office.call(decider, 'GET', `/approvals/${done.id}`)
  const { params_sha256 } = done
  expect(shown).toMatchObject({ status: 'done', params: null, result: null, params_sha256, decided_by: decider.userId })
  expect((await office.call(decider, 'GET', `/approvals/${refused.id}`)).body).toMatchObject({ params: null })
  expect(JSON.stringify(await office.deps.db.selectFrom('approvals').selectAll().execute())).not.toContain('canary')
})

test('one that nobody decided keeps what it was about until it has expired and seven days longer', async () => {
  const open = await office.asks(asker, { response_data: { answer: 'canary open' } })
  await sweptAfter(CONTENTS_KEPT_MS)
  expect(await office.stored(open.id)).toMatchObject({
    status: 'expired',
    params_json: expect.stringContaining('canary open'),
  })
  await sweptAfter(CONTENTS_KEPT_MS + 2 * 86_400_000)
  expect(await office.stored(open.id)).toMatchObject({ status: 'expired', params_json: '' })
})

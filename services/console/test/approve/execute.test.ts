import { waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Office, startOffice } from './people.ts'

let office: Office
beforeAll(async () => {
  office = await startOffice()
})
afterAll(() => office.close())

test('a process that was stopped for longer than its lease does not undo what another has done meanwhile', async () => {
  const { db, approvals } = office.deps
  approvals.onApproved('webhook-response', async ({ approval }) => {
    const done = { status: 'done', executing_until: null, result_json: '"by another"' } as const
    await db.updateTable('approvals').set(done).where('id', '=', approval.id).execute()
    throw Object.assign(new Error('stopped for a minute'), { retryable: true })
  })
  const asked = await office.asks(await office.operator())
  await office.approves(await office.approver(), asked)
  expect(await office.stored(asked.id)).toMatchObject({ status: 'done', result_json: '"by another"' })
})

test('an execution that takes long keeps its lease, and counts', async () => {
  const { db, approvals } = office.deps
  const leasedUntil = async (id: string) => {
    const { executing_until } = await db
      .selectFrom('approvals')
      .select('executing_until')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return executing_until ?? 0
  }
  approvals.onApproved('webhook-response', async ({ approval }) => {
    const first = await leasedUntil(approval.id)
    await waitFor(async () => (await leasedUntil(approval.id)) > first, { what: 'the lease to be renewed' })
    return 'late'
  })
  const asked = await office.asks(await office.operator())
  await office.approves(await office.approver(), asked)
  expect(await office.stored(asked.id)).toMatchObject({ status: 'done', executing_until: null })
})

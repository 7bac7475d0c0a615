import { readToEnd } from '@millrace/operations'
import { type AuditEntry, type Topic, topics } from '@millrace/schemas'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Office, type Person, startOffice } from './people.ts'

/* In which ways one person passes the approval of two all the same, since no console can know it: what is left to see then. */
describe('what no console can refuse', () => {
  let office: Office
  let ada: Person

  beforeAll(async () => {
    office = await startOffice({ kind: 'postgres' })
    ada = await office.admin()
  })
  afterAll(() => office.close())

  test('whoever has CONSOLE_ADMIN_TOKEN or the machine makes accounts that count as two people: the audit names it', async () => {
    const puppet = await office.makes(office.host)
    expect((await office.approves(puppet, await office.asks(ada))).body.status).toBe('done')
    const { items } = (await office.call(ada, 'GET', `/audit?action=user.create&subject=${puppet.userId}`)).body
    expect(items).toMatchObject([{ actor_id: 'host' }])
  })

  test('whoever has another’s password is that person: the audit holds both names', async () => {
    const [asking, deciding] = [await office.operator(), await office.approver()]
    const asked = await office.asks(asking)
    expect((await office.approves(deciding, asked)).status).toBe(200)
    const { items } = (await office.call(ada, 'GET', `/audit?approval=${asked.id}&action=approval`)).body
    expect(new Set(items.map((item: { actor_id: string }) => item.actor_id))).toEqual(
      new Set([asking.userId, deciding.userId, 'console']),
    )
  })

  test('whoever may write to the topics of Kafka: an entry put into the audit is found, and the ACLs of the broker keep others out', async () => {
    const { deps } = office
    let last: AuditEntry | null = null
    await expect
      .poll(async () => (await office.call(ada, 'GET', '/audit?limit=1')).body.items[0]?.is_written, {
        timeout: 60_000,
      })
      .toBe(true)
    for await (const record of readToEnd(deps.kafka, topics.audit as Topic<unknown>))
      last = deps.kafka.decode(topics.audit, record)
    expect((await office.call(ada, 'GET', '/audit/verify')).body).toMatchObject({ is_intact: true })
    if (last === null) throw new Error('no entry')
    await deps.kafka.send(topics.audit, 'default', { ...last, action: 'approval.approve', tenant: 'default' })
    const { body } = await office.call(ada, 'GET', '/audit/verify')
    expect(body).toMatchObject({ is_intact: false, problem: expect.stringContaining('altered') })
  })
})

describe('a team of one', () => {
  test('decides alone where the setting says so; the request and the audit say that one person did', async () => {
    const office = await startOffice({ kind: 'postgres', env: { CONSOLE_APPROVALS: 'one-person' } })
    const ada = await office.admin()
    expect((await office.call(ada, 'GET', '/api/v1/me')).body.approvals).toBe('one-person')
    const { body } = await office.approves(ada, await office.asks(ada))
    expect([body.status, body.decided_mode]).toEqual(['done', 'one-person'])
    const { items } = (await office.call(ada, 'GET', '/audit?action=approval.approve')).body
    expect(items[0].detail).toMatchObject({ mode: 'one-person' })
    await office.close()
  })
})

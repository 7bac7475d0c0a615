import { connectMemoryKafka } from '@millrace/kafka/memory'
import { allTopics } from '@millrace/schemas'
import { newSecretKey, parseSecretKeys } from '@millrace/signing'
import { quietLog } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createActor } from '../../src/access/actor.ts'
import { createAudit } from '../../src/audit/audit.ts'
import { listEntries } from '../../src/audit/find-entries.ts'
import type { Database } from '../../src/db/connect.ts'
import { openTestDatabase } from '../support/databases.ts'

const kafka = connectMemoryKafka()
const keys = parseSecretKeys(newSecretKey('k1'))
let database: Database

beforeAll(async () => {
  database = await openTestDatabase('postgres')
  await kafka.ensureTopics(allTopics(), { eventPartitions: 2, replication: 1 })
})
afterAll(async () => {
  await kafka.close()
  await database.close()
})

const open = () => createAudit({ db: database.db, kafka, log: quietLog, keys })
const entry = (subject: string) => ({
  actor: { id: 'usr_1', name: 'ada', kind: 'user' as const },
  tenant: 'default',
  action: 'endpoint.create',
  subject,
  outcome: 'done' as const,
})
const written = async () =>
  (await database.db.selectFrom('audit_entries').select('sequence').where('topic_offset', 'is', null).execute())
    .length === 0

test('entries that two processes note at the same time make one chain, in the database and in the topic', async () => {
  const [one, other] = [open(), open()]
  await Promise.all([...Array(20).keys()].map((nth) => (nth % 2 === 0 ? one : other).append(entry(`ep_${nth}`))))
  await expect.poll(written, { timeout: 60_000 }).toBe(true)
  expect(await one.verify()).toMatchObject({ state: 'whole', entries: 20, macs: { good: 20, unchecked: 0 } })
  await Promise.all([one.close(), other.close()])
})

test('an entry is there exactly when the change is: a transaction that fails leaves none', async () => {
  const audit = open()
  const before = (await audit.append(entry('ep_a'))).sequence
  const failing = database.db.transaction().execute(async (trx) => {
    await audit.append(entry('ep_never'), trx)
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect((await audit.append(entry('ep_b'))).sequence).toBe(before + 1)
  await audit.close()
})

test('what was begun is in the topic before the work, and what came of it after', async () => {
  const audit = open()
  const isThere = async () => {
    const row = database.db.selectFrom('audit_entries').select(['outcome', 'topic_offset']).orderBy('sequence', 'desc')
    return await row.limit(1).executeTakeFirst()
  }
  await audit.during(entry('ep_c'), async () => {
    expect(await isThere()).toMatchObject({ outcome: 'begun', topic_offset: expect.any(Number) })
  })
  expect(await isThere()).toMatchObject({ outcome: 'done' })
  const failed = audit.during(entry('ep_d'), () => Promise.reject(new Error('not done')))
  await expect(failed).rejects.toThrow('not done')
  expect(await isThere()).toMatchObject({ outcome: 'failed' })
  await audit.close()
})

test('work that was done is never noted as failed, also where its end cannot be noted', async () => {
  const audit = open()
  let reads = 0
  const detail = {
    get count() {
      reads += 1
      if (reads === 2) throw new Error('not noted')
      return reads
    },
  }
  await expect(audit.during({ ...entry('ep_e'), detail }, async () => 'done')).rejects.toThrow('not noted')
  const noted = database.db.selectFrom('audit_entries').select('outcome').where('subject', '=', 'ep_e')
  expect(await noted.execute()).toEqual([{ outcome: 'begun' }])
  await audit.close()
})

test('what was begun is open until its end is noted; a crash in between leaves it so', async () => {
  const audit = open()
  const { sequence: lost } = await audit.append({ ...entry('ep_f'), outcome: 'begun' })
  await audit.during(entry('ep_g'), async () => {})
  const actor = createActor({
    ...{ id: 'usr_1', name: 'ada', kind: 'user', personId: 'usr_1', tokenId: null },
    grants: [{ tenant: 'default', role: 'viewer' }],
  })
  const { items } = await listEntries(database.db, { tenant: 'default', actor }, { subject: 'ep_', limit: 3 })
  expect(items.map(({ outcome, is_open }) => [outcome, is_open])).toEqual([
    ['done', false],
    ['begun', false],
    ['begun', true],
  ])
  expect(items.at(-1)?.sequence).toBe(lost)
  await audit.close()
})

test('a database that was wiped goes on where the topic ends, and has the older entries again', async () => {
  const audit = open()
  const { sequence } = await audit.append(entry('ep_before'))
  await expect.poll(written, { timeout: 60_000 }).toBe(true)
  await database.db.deleteFrom('audit_entries').execute()
  expect((await audit.append(entry('ep_after'))).sequence).toBe(sequence + 1)
  await audit.close()
  const next = open()
  const count = async () =>
    Number(
      (
        await database.db
          .selectFrom('audit_entries')
          .select(({ fn }) => fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    )
  await expect.poll(count, { timeout: 60_000 }).toBe(sequence + 1)
  await expect.poll(written, { timeout: 60_000 }).toBe(true)
  expect(await next.verify()).toMatchObject({ state: 'whole', entries: sequence + 1 })
  await next.close()
})

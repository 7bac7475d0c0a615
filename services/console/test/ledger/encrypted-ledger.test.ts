import { randomBytes } from 'node:crypto'
import { connectKafka, createSealedTexts, KEY_ID_HEADER } from '@millrace/kafka'
import { destroyKeys, readToEnd } from '@millrace/operations'
import { topics } from '@millrace/schemas'
import { openOwnEncryption } from '@millrace/service-kit'
import { newSecretKey } from '@millrace/signing'
import { eventValue, patient, quietLog, snapshotValue, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { startLedger } from '../../src/ledger/ledger.ts'
import { createSealer } from '../../src/ledger/sealer.ts'
import { findConversations } from '../../src/read/conversations.ts'
import { findEvents } from '../../src/read/find-events.ts'
import { conversationsSearch, eventsSearch } from '../../src/read/schemas/index.ts'
import { createWordIndex } from '../../src/words/word-index.ts'
import { openTestDatabase } from '../support/databases.ts'
import { createTopics, untilProjected } from '../support/ledger-under-test.ts'

const closers: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

test('what is encrypted in the topics is encrypted in the database, found and shown; who was erased is not there after a rebuild', async () => {
  const { prefix, kafka: maker, close } = await createTopics()
  closers.push(close)
  const [redisUrl, redisPrefix] = [process.env.REDIS_URL ?? '', `t${randomBytes(4).toString('hex')}:`]
  const redis = new Redis(redisUrl, { keyPrefix: redisPrefix })
  const keys = openOwnEncryption(
    { redisUrl, redisPrefix, secretKeys: newSecretKey('test'), encryption: true },
    () => kafka,
    quietLog,
  )
  const { encryption } = keys
  const kafka = connectKafka({
    ...patient,
    ...{ brokers: (process.env.KAFKA_BROKERS ?? '').split(','), clientId: 'ledger-test', log: quietLog, prefix },
    cipher: encryption.cipher,
  })
  closers.push(() => kafka.close(1_000))
  const texts = createSealedTexts(encryption.cipher)
  const words = createWordIndex(encryption.blindIndex)
  const database = await openTestDatabase('postgres', {
    sealed: { texts, onUnreadable: (error) => expect.fail(String(error)) },
  })
  closers.push(() => database.close())
  closers.push(async () => {
    await keys.close()
    redis.disconnect()
  })

  await encryption.ready()
  for (const id of ['cnv_1', 'cnv_2']) {
    const about = { conversation_id: id, caused_by: [`evt_${id}`] }
    const payload = Buffer.from(JSON.stringify({ subject: `Canary ${id}`, from: 'ada@canary.example' }))
    const event = eventValue({ event_id: `evt_${id}`, conversation_id: id, payload })
    await kafka.send(topics.events, `default/${id}`, event)
    await kafka.send(topics.snapshots, `default/${id}`, snapshotValue({ ...about, subject: `Canary ${id}` }))
  }
  for await (const record of readToEnd(maker, topics.events)) {
    expect(record.headers.get(KEY_ID_HEADER)?.toString()).toContain('default/cnv_')
    expect(record.value?.toString('latin1')).not.toContain('anary')
  }

  const sealer = createSealer(texts, words)
  const ledger = startLedger({ database, kafka, log: quietLog, payloadDays: 30, days: 30, sealer })
  closers.push(() => ledger.close())
  await untilProjected(database, kafka)
  const subjects = async () => {
    const { items } = await findConversations(database.db, 'default', conversationsSearch.parse({ q: 'canary' }), words)
    return items.map(({ subject }) => subject).toSorted()
  }
  const events = async () => {
    const { items } = await findEvents(
      database.db,
      'default',
      eventsSearch.parse({ text: 'Ada@Canary.example' }),
      words,
    )
    return items.map(({ event_id }) => event_id).toSorted()
  }
  const tables = async () => {
    const query = (table: string) => sql<{ text: string }>`select t::text as text from ${sql.table(table)} t`
    const found = await Promise.all(
      ['conversations', 'event_payloads'].map((table) => query(table).execute(database.db)),
    )
    return found.flatMap(({ rows }) => rows.map(({ text }) => text)).join()
  }
  expect(await subjects()).toEqual(['Canary cnv_1', 'Canary cnv_2'])
  expect(await events()).toEqual(['evt_cnv_1', 'evt_cnv_2'])
  const stored = await tables()
  expect(stored).toContain('cnv_1')
  expect(stored).not.toMatch(/canary/i)
  expect(stored).not.toContain(Buffer.from('anary').toString('hex'))

  const subject_hash = encryption.blindIndex.blind('default', 'subject', 'default/cnv_1').toString('base64url')
  const people = {
    requested_by: 'usr_1',
    approved_by: 'usr_2',
    approval_id: 'apr_1',
    receipt_id: 'ers_1',
    keys_until: null,
  }
  const erasure = { ...people, tenant: 'default', subject_hash, kind: 'conversation', erased_at: Date.now() } as const
  await kafka.send(topics.erasures, `default/${subject_hash}`, erasure)
  // That of the day, and that of the last state.
  expect(await destroyKeys({ kafka, redis }, ['default/cnv_1'], Date.now())).toBeGreaterThanOrEqual(2)
  await waitFor(() => sealer.isErased('default/cnv_1', 'lasting'), {
    what: 'the ledger to know who was erased',
  })
  await ledger.rebuild()
  await untilProjected(database, kafka)
  expect(await subjects()).toEqual(['Canary cnv_2'])
  expect(await events()).toEqual(['evt_cnv_2'])
  expect(await tables()).not.toContain('cnv_1')
})

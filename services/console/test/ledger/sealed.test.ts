import { createSealedTexts } from '@millrace/kafka'
import { type Topic, topics } from '@millrace/schemas'
import { attemptValue, eventValue, snapshotValue } from '@millrace/test-support'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/connect.ts'
import { prepareRows } from '../../src/ledger/prepare-rows.ts'
import { projectAttempt } from '../../src/ledger/project-deliveries.ts'
import { projectEvent } from '../../src/ledger/project-events.ts'
import { projectNode, projectRelationship, projectSnapshot } from '../../src/ledger/project-state.ts'
import { emptyRows, type LedgerRecord, type LedgerRows } from '../../src/ledger/rows.ts'
import { createSealer, type Sealer } from '../../src/ledger/sealer.ts'
import { writeRows } from '../../src/ledger/write-rows.ts'
import { findConversations, readConversation } from '../../src/read/conversations.ts'
import { triesOf } from '../../src/read/find-deliveries.ts'
import { findEvents } from '../../src/read/find-events.ts'
import { readClientGraph } from '../../src/read/graph/client-graph.ts'
import { findNodes, readNode } from '../../src/read/graph/find-nodes.ts'
import { readNeighbours } from '../../src/read/graph/neighbours.ts'
import { loadEntries } from '../../src/read/live/read-changes.ts'
import { readPayload } from '../../src/read/read-event.ts'
import { conversationsSearch, eventsSearch, neighboursQuery, nodesSearch } from '../../src/read/schemas/index.ts'
import { eventsOf } from '../../src/replay/select-events.ts'
import { createWordIndex } from '../../src/words/word-index.ts'
import { databaseKinds, openTestDatabase } from '../support/databases.ts'
import { createTestBlindIndex, createTestCipher } from '../support/test-cipher.ts'

const AT = 1_700_000_000_000
const OLDEST = Math.floor(AT / 86_400_000) - 1

const person = { id: 'crd_1', name: 'Cassandra Quill', handle: 'Cassandra@Canary.example' }
const message = {
  ...{ id: 'msg_9', type: 'email', is_inbound: true, created_at: 9, subject: null, blurb: 'canary blurb' },
  ...{ text: 'canary text', is_truncated: false, author: person, recipients: [], attachments: [] },
}
const payload = Buffer.from(
  JSON.stringify({
    conversation: { subject: 'Canary refund', recipient: { name: 'Cassandra Quill', handle: person.handle } },
    target: { data: { text: 'the Canary sang' } },
  }),
)
const graph = { first_seen: 1, last_seen: 2 }
const spans = [{ event_id: 'evt_1', extractor: 'front', extractor_version: 1, at: 1, spans: [] }]
const node = {
  ...{ ...graph, tenant: 'default', id: 'client:1', type: 'client', label: 'Canary Incorporated', same_as: null },
  ...{ properties_json: '{"note":"canary property","client_id":"c-77"}', identities: [], client_ids: ['c-77'] },
  provenance: spans as never[],
}
const edge = {
  ...{ ...graph, tenant: 'default', id: 'rel:1', type: 'has', from_id: 'client:1', to_id: 'person:2', valid_to: null },
  ...{ properties_json: '{"since":"canary day"}', client_ids: ['c-77'], provenance: spans as never[] },
}

function record<V>(topic: Topic<V>, key: string, value: V): LedgerRecord<V> {
  const place = { topic: topic.name, partition: 0, offset: 1n, id: '', headers: new Map<string, Buffer>() }
  return { ...place, key, value, timestamp: AT, subject: topic.subject?.(key, value) ?? null }
}

/** A little of everything that has content. */
function rowsOf(): LedgerRows {
  const rows = emptyRows()
  projectEvent(rows, record(topics.events, 'default/cnv_1', eventValue({ payload })))
  const bytes = eventValue({ event_id: 'evt_2', conversation_id: 'cnv_2', payload: Buffer.from([0, 255]) })
  projectEvent(rows, record(topics.events, 'default/cnv_2', bytes))
  const content = {
    subject: 'Canary refund',
    recipient: person,
    messages: [message],
    assignee: { ...person, id: null },
  }
  const tagged = snapshotValue({ ...content, tags: [{ id: 'tag_1', name: 'Canary tag' }] })
  projectSnapshot(rows, record(topics.snapshots, 'default/cnv_1', tagged))
  const other = snapshotValue({ conversation_id: 'cnv_2', subject: 'Another' })
  projectSnapshot(rows, record(topics.snapshots, 'default/cnv_2', other))
  projectNode(rows, record(topics.nodes, 'default/client:1', node))
  const second = { ...node, id: 'person:2', type: 'person', label: 'Cassandra Quill', properties_json: '{}' }
  projectNode(rows, record(topics.nodes, 'default/person:2', second))
  projectRelationship(rows, record(topics.relationships, 'default/client:1', edge))
  projectAttempt(rows, record(topics.attempts, 'default/ep_1', attemptValue({ answer: Buffer.from('canary answer') })))
  return rows
}

async function firstPage(db: Database['db']) {
  const pages = eventsOf(db, 'default', (eb) => eb.lit(true), { pageSize: 10, onMissing: () => {} })
  for await (const page of pages) return page
  return []
}

const write = async ({ db }: Database, sealer?: Sealer) =>
  await writeRows(db, prepareRows(rowsOf(), OLDEST, sealer), new Set())

describe.each(databaseKinds)('on %s', (kind) => {
  const cipher = createTestCipher()
  const words = createWordIndex(createTestBlindIndex())
  const sealer = createSealer(createSealedTexts(cipher), words)
  let plain: Database
  let sealed: Database
  beforeAll(async () => {
    plain = await openTestDatabase()
    sealed = await openTestDatabase(kind, { sealed: { texts: createSealedTexts(cipher), onUnreadable: () => {} } })
    await write(plain)
    await write(sealed, sealer)
  })
  afterAll(async () => {
    await plain.close()
    await sealed.close()
  })

  /** All rows of all tables that have content, as the server holds them. */
  const stored = async ({ db }: Database) => {
    const tables = ['event_payloads', 'conversations', 'nodes', 'relationships', 'attempts']
    const texts = tables.map((table) => sql<{ text: string }>`select t::text as text from ${sql.table(table)} t`)
    const found = await Promise.all(texts.map((query) => query.execute(db)))
    return found.flatMap(({ rows }) => rows.map(({ text }) => text)).join('\n')
  }

  test('nobody finds what people wrote, or who they are, in the database', async () => {
    const hex = (text: string) => Buffer.from(text).toString('hex')
    const seen = [await stored(sealed), await stored(plain)] as const
    for (const secret of ['canary', 'Canary', 'Cassandra', 'Quill']) {
      expect(seen[1]).toContain(secret)
      expect(seen[0]).not.toContain(secret)
      expect(seen[0]).not.toContain(hex(secret))
    }
  })

  test('whoever reads through the console sees no difference', async () => {
    const views = async ({ db }: Database) => ({
      payloads: [await readPayload(db, 'default', 'evt_1', 1e6), await readPayload(db, 'default', 'evt_2', 1e6)],
      conversations: (await findConversations(db, 'default', conversationsSearch.parse({}))).items,
      conversation: await readConversation(db, 'default', 'cnv_1'),
      nodes: (await findNodes(db, 'default', nodesSearch.parse({}))).items,
      node: await readNode(db, 'default', 'client:1'),
      around: await readNeighbours(db, 'default', 'client:1', neighboursQuery.parse({})),
      client: await readClientGraph(db, 'default', 'c-77', false, words),
      tries: [...(await triesOf(db, 'default', ['msg_1']))],
      live: await loadEntries(
        db,
        [
          { seq: 1, tenant: 'default', kind: 'snapshot', id: 'cnv_1' },
          { seq: 2, tenant: 'default', kind: 'node', id: 'client:1' },
        ],
        'x',
      ),
      replayed: await firstPage(db),
    })
    const shown = await views(sealed)
    expect(shown).toEqual(await views(plain))
    expect(JSON.stringify(shown)).toContain('canary property')
    expect(JSON.stringify(shown)).toContain('canary answer')
    expect(shown.payloads[0]).toMatchObject({ encoding: 'utf8', body: payload.toString() })
  })

  test.each([
    ['cassandra@canary.EXAMPLE', ['evt_1']],
    ['@canary.example', ['evt_1']],
    ['quill CASSANDRA', ['evt_1']],
    ['refund', ['evt_1']],
    ['refu', []],
    ['sang', []],
    ['refund nobody', []],
  ])('a payload is found by whole words of people and subjects: %s', async (text, expected) => {
    const { items } = await findEvents(sealed.db, 'default', eventsSearch.parse({ text }), words)
    expect(items.map(({ event_id }) => event_id)).toEqual(expected)
  })

  test('within a conversation any part of any payload is found', async () => {
    const found = async (text: string) => {
      const query = eventsSearch.parse({ text, conversation: 'cnv_1' })
      return (await findEvents(sealed.db, 'default', query, words)).items.map(({ event_id }) => event_id)
    }
    expect(await found('CANARY san')).toEqual(['evt_1'])
    expect(await found('canary flew')).toEqual([])
  })

  test('conversations and nodes are found by whole words, tags by themselves', async () => {
    const found = async (query: object) => {
      const { items } = await findConversations(sealed.db, 'default', conversationsSearch.parse(query), words)
      return items.map(({ conversation_id }) => conversation_id)
    }
    expect(await found({ q: 'canary refund' })).toEqual(['cnv_1'])
    expect(await found({ q: 'cassandra@canary.example' })).toEqual(['cnv_1'])
    expect(await found({ q: 'cassan' })).toEqual([])
    expect(await found({ tag: 'Canary tag' })).toEqual(['cnv_1'])
    expect(await found({ tag: 'Canary' })).toEqual([])
    const { items } = await findNodes(sealed.db, 'default', nodesSearch.parse({ q: 'incorporated' }), words)
    expect(items).toMatchObject([{ id: 'client:1', label: 'Canary Incorporated' }])
  })

  test('another tenant’s words are other ones', () => {
    expect(words.tokens('other', ['word:canary'])).not.toEqual(words.tokens('default', ['word:canary']))
  })

  test('while keys cannot be reached a query rejects, to be tried again', async () => {
    cipher.isAway = true
    try {
      await expect(readConversation(sealed.db, 'default', 'cnv_1')).rejects.toMatchObject({ retryable: true })
      await expect(sealer.prepare(['default/cnv_1'], 'aging')).rejects.toMatchObject({ retryable: true })
    } finally {
      cipher.isAway = false
    }
    expect(await readConversation(sealed.db, 'default', 'cnv_1')).toMatchObject({ subject: 'Canary refund' })
  })

  test('of a subject that was erased nothing is shown, and nothing is written any more', async () => {
    cipher.erase('default/cnv_1')
    await expect(readPayload(sealed.db, 'default', 'evt_1', 100)).rejects.toMatchObject({
      code: 'MR_CONSOLE_NOT_FOUND',
    })
    expect(await readConversation(sealed.db, 'default', 'cnv_1')).toMatchObject({ subject: null, messages: [] })
    expect(await readPayload(sealed.db, 'default', 'evt_2', 100)).toMatchObject({ body: 'AP8=' })
    expect(sealer.isErased('default/cnv_1', 'aging')).toBe(true)
    const { payloads, conversations } = prepareRows(rowsOf(), OLDEST, sealer)
    expect(payloads.rows).toMatchObject([{ event_id: 'evt_2' }])
    expect(conversations.gone).toEqual([{ tenant: 'default', conversation_id: 'cnv_1' }])
  })
})

test('what encryption was turned off for is written as it is, with nothing left of the box, and back', async () => {
  const cipher = createTestCipher()
  const sealer = createSealer(createSealedTexts(cipher), createWordIndex(createTestBlindIndex()))
  const database = await openTestDatabase('postgres', {
    sealed: { texts: createSealedTexts(cipher), onUnreadable: () => {} },
  })
  await write(database, sealer)
  await write(database)
  const rows = await database.db.selectFrom('conversations').selectAll().orderBy('conversation_id').execute()
  expect(rows[0]).toMatchObject({ subject: 'Canary refund', sealed: null, sealed_snapshot: null, words: null })
  await write(database, sealer)
  const { rows: back } = await sql<{ text: string }>`select c::text as text from conversations c`.execute(database.db)
  expect(JSON.stringify(back)).not.toContain('Canary')
  await database.close()
})

test('a key that is lost costs what it opened and nothing else, and is told', async () => {
  const cipher = createTestCipher()
  const unreadable: unknown[] = []
  const database = await openTestDatabase('postgres', {
    sealed: { texts: createSealedTexts(cipher), onUnreadable: (error) => void unreadable.push(error) },
  })
  await write(database, createSealer(createSealedTexts(cipher), createWordIndex(createTestBlindIndex())))
  cipher.lose('default/cnv_1')
  const { items } = await findConversations(database.db, 'default', conversationsSearch.parse({}))
  expect(items.map(({ subject }) => subject).toSorted()).toEqual(['Another', null])
  expect(unreadable).toMatchObject([{ code: 'MR_KAFKA_KEY_LOST' }])
  await database.close()
})

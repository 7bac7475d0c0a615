import { deflateRawSync } from 'node:zlib'
import { resourceUri } from '@millrace/domain'
import { createKeptTexts } from '@millrace/kafka'
import { checkReceipt, receiptPublicKeys, scanTopics } from '@millrace/operations'
import { type KnowledgeNode, type KnowledgeObservation, type Topic, topics } from '@millrace/schemas'
import type { Source, WritableSources } from '@millrace/service-kit'
import { makeApiKey, parseSecretKeys } from '@millrace/signing'
import { eventValue, snapshotValue, waitFor } from '@millrace/test-support'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person } from '../approve/people.ts'
import { type ErasingOffice, startErasing } from './erasing-office.ts'

const ADDRESS = 'ada.canary@example.org'
const WORDS = 'canary words of'
const payloadOf = (address: string, text: string) =>
  Buffer.from(JSON.stringify({ conversation: { recipient: { handle: address } }, target: { data: { text } } }))

let office: ErasingOffice
let [asker, decider] = [{} as Person, {} as Person]
let erased = ''

beforeAll(async () => {
  office = await startErasing()
  asker = await office.operator()
  decider = await office.approver()
})
afterAll(() => office.stop())

/** A conversation with an event, its snapshot, and what other services keep of it. */
async function hold(conversation: string, address: string): Promise<string> {
  const event_id = `evt_${conversation}`
  const payload = payloadOf(address, `${WORDS} ${conversation}`)
  const event = eventValue({ event_id, conversation_id: conversation, payload, received_at: Date.now() })
  await office.put(topics.events, conversation, event)
  const recipient = { id: null, name: 'Ada Canary', handle: address }
  await office.put(topics.snapshots, conversation, snapshotValue({ conversation_id: conversation, recipient }))
  const cluster = await office.kafka.clusterId()
  await office.redis.hset(`state:conversation-snapshot:${cluster}:default/${conversation}`, 'v', '1')
  await office.redis.set(`inboxes:default/${conversation}`, 'inb_1')
  const texts = createKeptTexts(office.kafka.cipher)
  await texts.prepareKeep(`default/${conversation}`)
  const kept = (text: string) => texts.keep(`default/${conversation}`, text) ?? ''
  const told = deflateRawSync(JSON.stringify({ body: `told ${conversation}` })).toString('base64')
  await office.redis.set(`delivery:told:default/${conversation}:${event_id}`, kept(told))
  const message = kept(JSON.stringify({ message_id: `msg_${conversation}` }))
  await office.redis.hset(`delivery:messages:default/${conversation}`, event_id, `csnapshots-0-1 ${message}`)
  for (const from of ['snapshots', 'events'])
    await office.redis.zadd(`poller:known:${from}:default/${event.account}`, 1, conversation)
  await office.redis.zadd(`parity:default/${event.account}:open`, 60_000, '60000')
  for (const hash of ['missing', 'window:60000'])
    await office.redis.hset(`parity:default/${event.account}:${hash}`, event_id, '{}')
  return event_id
}

/** That something of it changed, as a handler tells those who follow it. */
async function announce(kind: 'conversation' | 'graph', id: string): Promise<void> {
  const subject = resourceUri({ kind, tenant: 'default', id })
  const notice = { tenant: 'default', notice_id: `not_${id}`, at: Date.now(), severity: 'info' } as const
  const said = { kind: 'resource-updated', writer: 'handlers', subject, text: 'It changed.', details_json: '{}' }
  await office.kafka.send(topics.notices, 'default', { ...notice, ...said })
}

async function announced(): Promise<(string | null)[]> {
  const rows = await office.deps.db.selectFrom('notices').select('subject').orderBy('subject').execute()
  return rows.map(({ subject }) => subject)
}

/** That the graph knows an organisation by the event. In the ledger alone: once it has begun, or it would empty the table. */
async function know(conversation: string, event_id: string): Promise<void> {
  await sql`insert into extractions (tenant, event_id, extraction_id, client_id, extractor, extractor_version, extracted_at, node_ids,
    relationship_ids, about_id) values ('default', ${event_id}, 'ext_1', null, 'front', 1, ${Date.now()}, array['organisation::domain:abc'],
    array[]::text[], ${conversation})`.execute(office.deps.db)
}

const BY_OTHERS = 'organisation::domain:example'

/** A node as its owner writes it. */
function nodeOf(id: string): KnowledgeNode {
  const type = id.slice(0, id.indexOf(':'))
  const [provenance, seen] = [[], Date.now()]
  const known = { label: WORDS, properties_json: '{}', same_as: null, identities: [], client_ids: [] }
  return { tenant: 'default', id, type, ...known, first_seen: seen, last_seen: seen, provenance }
}

/** What an event of a conversation says of a node, as the extraction writes it for the node's owner. */
function observationOf(id: string, event_id: string, about_id: string): KnowledgeObservation {
  return {
    ...{ tenant: 'default', id, subject: 'node', type: 'person', label: WORDS, properties_json: '{}', client_id: null },
    ...{ standing: '', same_as: [], supported_by: [], sections: [], relationships: [], spans: [] },
    ...{ event_id, about_id, extraction_id: 'ext_late', extractor: 'front', extractor_version: 1 },
    ...{ observed_at: Date.now(), message_json: '{}' },
  }
}

/** The graph of an event that was erased before the ledger had its extraction: a person, in an organisation that others named as well. */
async function meet(person: string, conversation: string, other: string): Promise<void> {
  await office.put(topics.observations, person, observationOf(person, `evt_${conversation}`, conversation))
  await office.put(topics.observations, BY_OTHERS, observationOf(BY_OTHERS, `evt_${conversation}`, conversation))
  for (const id of [person, BY_OTHERS]) await office.put(topics.nodes, id, nodeOf(id))
  const edge = { tenant: 'default', type: 'member_of', from_id: person, to_id: BY_OTHERS, properties_json: '{}' }
  const known = { client_ids: [], first_seen: Date.now(), last_seen: Date.now(), valid_to: null, provenance: [] }
  const id = `${person}>member_of>${BY_OTHERS}`
  await office.put(topics.relationships, id, { ...edge, ...known, id })
  const extraction = { tenant: 'default', extraction_id: `ext_${other}`, event_id: `evt_${other}`, about_id: other }
  const extractor = { client_id: null, extractor: 'front', extractor_version: 1, extracted_at: Date.now(), reply: null }
  const named = { node_ids: [BY_OTHERS], relationship_ids: [] }
  await office.put(topics.extractions, extraction.event_id, { ...extraction, ...extractor, ...named })
}

async function nodesThatCanBeRead(): Promise<string[]> {
  const found: string[] = []
  for await (const { key, value } of office.kafka.read(topics.nodes as Topic<unknown>, { untilEnd: true }))
    if (value !== null) found.push(key ?? '')
  return found
}

/** PostgreSQL writes bytes in hex. */
const asWords = (row: string) =>
  row.replaceAll(/\\+x([0-9a-f]*)/g, (_, hex: string) => Buffer.from(hex, 'hex').toString())

/** Every row of every table as text, but for the list of changes, which names conversations by their ids. */
async function everyRow(): Promise<string> {
  const { rows } = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = 'public' and tablename <> 'ledger_changes'`.execute(office.deps.db)
  const texts = rows.map(async ({ name }) => {
    const found = await sql<{ text: string }>`select t::text as text from ${sql.table(name)} t`.execute(office.deps.db)
    return found.rows.map(({ text }) => asWords(text)).join('\n')
  })
  return (await Promise.all(texts)).join('\n')
}

/** What can be read of a conversation by whoever has the keys. */
async function readable(conversation: string): Promise<string[]> {
  const found: string[] = []
  const meet = ({ topic, key, value }: { topic: string; key: string | null; value: Buffer | null }) => {
    if (key === `default/${conversation}` && value !== null) found.push(topic)
    return undefined
  }
  const read = [topics.events, topics.snapshots] as unknown as Topic<unknown>[]
  await scanTopics(office.kafka, read, meet, { signal: AbortSignal.timeout(60_000) })
  return found.toSorted()
}

async function approve(approval: string): Promise<void> {
  const { body: shown } = await office.call(decider, 'GET', `/approvals/${approval}`)
  const answer = await office.post(decider, `/approvals/${approval}/approve`, { params_sha256: shown.params_sha256 })
  expect(answer.status).toBe(200)
}

async function forgets(): Promise<KnowledgeObservation[]> {
  const told: KnowledgeObservation[] = []
  for await (const record of office.kafka.read(topics.observations as Topic<unknown>, { untilEnd: true })) {
    const value = office.kafka.decode(topics.observations, record)
    if (value?.subject === 'forget') told.push(value)
  }
  return told
}

test('an address is exported, then erased from every place, and nothing of others', async () => {
  const event_id = await hold('cnv_ada', ADDRESS)
  const other = await hold('cnv_bob', 'bob@example.org')
  for (const id of ['cnv_ada', 'cnv_bob']) await announce('conversation', id)
  await office.projected()
  await know('cnv_ada', event_id)
  await know('cnv_bob', other)
  // As bytes were stored before encryption was on.
  const bytes = payloadOf(ADDRESS, `${WORDS} cnv_ada`)
  const inPlain = { payload: null, bytes, sealed: null }
  await office.deps.db.updateTable('event_payloads').set(inPlain).where('event_id', '=', event_id).execute()
  const rowsBefore = await everyRow()
  for (const name of [ADDRESS, 'cnv_ada', WORDS, event_id]) expect(rowsBefore).toContain(name)
  const subject = `email:${ADDRESS}`

  const url = '/api/v1/tenants/default/subject-exports'
  const exported = await office.app.inject({ method: 'POST', url, headers: asker.headers, payload: { subject } })
  const document = JSON.parse(exported.body)
  expect(document).toMatchObject({ subject, is_complete: true })
  const places = document.records.map(({ place }: { place: string }) => place)
  for (const table of ['webhook_events', 'event_payloads', 'conversations', 'notices'])
    expect(places).toContain(`table ${table}`)
  for (const topic of [topics.events, topics.snapshots]) expect(places).toContain(`topic ${topic.name}`)
  expect(exported.body).toContain(`${WORDS} cnv_ada`)
  expect(exported.body).not.toContain('bob@')
  const inRedis = document.records.filter(({ place }: { place: string }) => place === 'redis')
  expect(JSON.stringify(inRedis)).toContain('told cnv_ada')
  expect(JSON.stringify(inRedis)).toContain('msg_cnv_ada')
  expect(JSON.stringify(inRedis)).not.toContain('~')

  const plan = await office.post(asker, '/erasures', { subject: `email:${ADDRESS.toUpperCase()}`, dry_run: true })
  expect(plan.body).toMatchObject({
    subjects: [{ kind: 'conversation', id: 'cnv_ada' }],
    conversation_count: 1,
    obstacle: null,
  })
  expect(plan.body.topics).toContain('webhooks.received.v1')
  expect(plan.body.places).toContainEqual({ place: 'table webhook_events', what: 'rows', count: 1 })

  const { status, body: asked } = await office.post(asker, '/erasures', { subject, reason: 'request 4711' })
  expect(status).toBe(202)
  await approve(asked.approval_id)
  erased = asked.erasure_id
  const { receipt, started_at } = await office.ended(asker, erased)
  expect(checkReceipt(receipt, receiptPublicKeys(parseSecretKeys(office.secretKeys)))).toBe('good')
  expect(receipt).toMatchObject({
    requested_by: asker.userId,
    approved_by: decider.userId,
    approval_mode: 'two-person',
  })
  expect(receipt.plain_records_until).toBeNull()
  expect(receipt.remarks.join('\n')).toMatch(/wrapped keys .* within about two hours, once more is written there/)
  expect(receipt.erased_at - started_at).toBeLessThan(60_000)

  // Whoever held the keys hears of it by a topic, not with the receipt.
  await waitFor(async () => (await readable('cnv_ada')).length === 0, { what: 'this process to know of it' })
  expect(await readable('cnv_bob')).toEqual([topics.snapshots.name, topics.events.name])
  const rows = await everyRow()
  for (const name of [ADDRESS, 'cnv_ada', WORDS, event_id]) expect(rows).not.toContain(name)
  expect(rows).toContain('cnv_bob')
  expect(await announced()).toEqual(['conversation://default/cnv_bob'])
  const prefix = office.redis.options.keyPrefix ?? ''
  expect(await office.redis.keys(`${prefix}*cnv_ada*`)).toEqual([`${prefix}key:default/cnv_ada`])
  expect(await office.redis.hkeys('key:default/cnv_ada')).toEqual(['destroyed'])
  expect(await inLists()).toEqual(['cnv_bob', 'cnv_bob', other, other])
  const [forget] = (await forgets()).filter(({ id }) => id === 'organisation::domain:abc')
  expect(JSON.parse(forget?.message_json ?? '')).toEqual({ events: [event_id] })

  const later = eventValue({ event_id: 'evt_later', conversation_id: 'cnv_ada', payload: payloadOf(ADDRESS, 'again') })
  expect(await office.put(topics.events, 'cnv_ada', later)).toMatchObject({ isErased: true })
})

/** What lists that everybody is in have: the poller's, by conversation, and those of comparing, by event. */
async function inLists(): Promise<string[]> {
  const { account } = eventValue()
  const known = ['snapshots', 'events'].map((from) =>
    office.redis.zrange(`poller:known:${from}:default/${account}`, '0', '-1'),
  )
  const compared = ['missing', 'window:60000'].map((hash) => office.redis.hkeys(`parity:default/${account}:${hash}`))
  return (await Promise.all([...known, ...compared])).flat()
}

test('one that was stopped in the middle goes on with what it found at first', async () => {
  // As if the process had died after the keys were destroyed: nothing is found by the address any more.
  await office.redis.set('inboxes:default/cnv_ada', 'inb_1')
  await sql`update erasures set step = 1, receipt = null where id = ${erased}`.execute(office.deps.db)
  await sql`update replay_jobs set state = 'running', ended_at = null, leased_until = 0 where id = ${erased}`.execute(
    office.deps.db,
  )
  const { receipt } = await office.ended(asker, erased)
  expect(receipt.places).toContainEqual({ place: 'redis inboxes:<record key>', what: 'keys deleted', count: 2 })
  expect(await office.redis.exists('inboxes:default/cnv_ada')).toBe(0)
})

test('a person of the graph goes with its key though the ledger never learned which event named it; what others named stays', async () => {
  await hold('cnv_late', 'late@example.org')
  await hold('cnv_other', 'other@example.org')
  const person = 'person::email:late'
  await meet(person, 'cnv_late', 'cnv_other')
  for (const id of [person, BY_OTHERS]) await announce('graph', id)
  await office.projected()
  const { body: asked } = await office.post(asker, '/erasures', { subject: 'conversation:cnv_late', reason: 'r 1' })
  await approve(asked.approval_id)
  const { phases } = await office.ended(asker, asked.erasure_id)
  expect(Object.keys(phases)).toContain('destroy-keys')
  const isGone = async () => !(await nodesThatCanBeRead()).includes(`default/${person}`)
  await waitFor(isGone, { what: 'this process to know of it' })
  expect(await nodesThatCanBeRead()).toEqual([`default/${BY_OTHERS}`])
  expect(await announced()).not.toContain(resourceUri({ kind: 'graph', tenant: 'default', id: person }))
  expect(await announced()).toContain(resourceUri({ kind: 'graph', tenant: 'default', id: BY_OTHERS }))
  const [forget] = (await forgets()).filter(({ id }) => id === BY_OTHERS)
  expect(JSON.parse(forget?.message_json ?? '')).toEqual({ events: ['evt_cnv_late'] })
})

test('another id of a person goes with the person, though no extraction named it; that of somebody whom others named stays', async () => {
  const [evt_eve, evt_tom] = [await hold('cnv_eve', 'eve@example.org'), await hold('cnv_tom', 'tom@example.org')]
  const people = ['eve', 'tom'].map((name) => ({
    id: `person::email:${name}`,
    alias: `person:default:front:crd_${name}`,
  }))
  const [eve, tom] = people as [(typeof people)[0], (typeof people)[0]]
  const cluster = await office.kafka.clusterId()
  const stateOf = (alias: string) => `state:knowledge-fold:${cluster}:default/${alias}`
  for (const { id, alias } of people) {
    await office.put(topics.nodes, id, { ...nodeOf(id), identities: [alias] })
    await office.redis.hset(stateOf(alias), 'v', '1')
  }
  const extraction = { tenant: 'default', client_id: null, extractor: 'front', extractor_version: 1, reply: null }
  const said = { ...extraction, extracted_at: Date.now(), relationship_ids: [] }
  const ofEve = { extraction_id: 'ext_eve', event_id: evt_eve, about_id: 'cnv_eve', node_ids: [eve.id, tom.id] }
  const ofTom = { extraction_id: 'ext_tom', event_id: evt_tom, about_id: 'cnv_tom', node_ids: [tom.id] }
  for (const each of [ofEve, ofTom]) await office.put(topics.extractions, each.event_id, { ...said, ...each })
  await office.projected()

  const { body: asked } = await office.post(asker, '/erasures', { subject: 'conversation:cnv_eve', reason: 'r 3' })
  await approve(asked.approval_id)
  await office.ended(asker, asked.erasure_id)
  const left = await Promise.all(people.map(({ alias }) => office.redis.exists(stateOf(alias))))
  expect(left).toEqual([0, 1])
  expect(await office.redis.hkeys(`key:default/${eve.alias}`)).toEqual(['destroyed'])
  expect(await office.redis.hkeys(`key:default/${tom.alias}`)).not.toContain('destroyed')
})

test('a client goes out of the approvals with what was handed in for it, its graph and the words about it', async () => {
  const source = {
    ...{ name: 'make', tenant: 'default', account: 'default', provider: 'make', path: '/api/make' },
    ...{ schemes: [makeApiKey], secrets: [{ id: 'one', secret: 'the-key-of-this-source' }], isSynchronous: true },
  } as unknown as Source
  const sources = office.deps.sources as WritableSources
  sources.replace({ ...sources.current(), sources: [source] })
  office.deps.approvals.onApproved('webhook-data', async () => ({ knowledge_graph: [{ label: WORDS }] }))
  const { body: waiting } = await office.post(asker, '/actions/process-webhook-data', {
    webhook_data: { task: { id: 't1', name: WORDS } },
    ...{ client_id: 'client-ada', action_id: 'a1', reason: `${WORDS} who asks` },
  })
  const { id, params_sha256 } = waiting.approval
  const word = { params_sha256, reason: `${WORDS} who decides` }
  const { body: done } = await office.post(decider, `/approvals/${id}/approve`, word)
  expect(done).toMatchObject({ status: 'done', result: { knowledge_graph: [{ label: WORDS }] } })

  const { body: asked } = await office.post(asker, '/erasures', { subject: 'client:client-ada', reason: 'r 2' })
  await approve(asked.approval_id)
  const { receipt } = await office.ended(asker, asked.erasure_id)
  expect(receipt.places).toContainEqual({ place: 'table approvals', what: 'contents taken out', count: 1 })
  const { body: shown } = await office.call(decider, 'GET', `/approvals/${id}`)
  expect(shown).toMatchObject({ status: 'done', params_sha256, params: { erased: true }, result: null })
  for (const name of [WORDS, 'client-ada']) expect(JSON.stringify(await office.stored(id))).not.toContain(name)
})

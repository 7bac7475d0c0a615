import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { allTopics, type KnowledgeNode, type KnowledgeRelationship, topics } from '@millrace/schemas'
import { patient } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { millrace, ownTopics } from './support/millrace.ts'
import { runInside } from './support/run-inside.ts'

const env = ownTopics()
let kafka: Kafka

const ENDED = 1_700_000_000_000
const seen = { client_ids: ['c1'], first_seen: 1, last_seen: 2, provenance: [] }

function node(id: string, label: string, properties: object = {}, tenant = 'default'): KnowledgeNode {
  const [type = ''] = id.split(':')
  return {
    ...seen,
    tenant,
    id,
    type,
    label,
    properties_json: JSON.stringify(properties),
    same_as: null,
    identities: [],
  }
}

function edge(from_id: string, type: string, to_id: string, valid_to: number | null = null): KnowledgeRelationship {
  return {
    ...seen,
    tenant: 'default',
    id: `${from_id}>${type}>${to_id}`,
    type,
    from_id,
    to_id,
    properties_json: '{}',
    valid_to,
  }
}

async function put(value: KnowledgeNode | KnowledgeRelationship, id = value.id): Promise<void> {
  const key = `${value.tenant}/${id}`
  if ('from_id' in value) await kafka.send(topics.relationships, key, value)
  else await kafka.send(topics.nodes, key, value)
}

beforeAll(async () => {
  const brokers = (process.env.KAFKA_BROKERS ?? '').split(',')
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  kafka = connectKafka({ ...patient, brokers, clientId: 'cli-test', log, prefix: env.KAFKA_PREFIX ?? '' })
  await kafka.ensureTopics(allTopics(), { eventPartitions: 2, replication: 1 })
  await put(node('task:a:t1', 'Old name'))
  for (const each of [
    node('client:a:c1', 'c1', { client_id: 'c1' }),
    node('client:a:c1', 'c1', { client_id: 'c1' }, 'other'),
    node('task:a:t1', 'Call Jane', { id: 't1', done: false }),
    node('person:a:p1', 'Ann'),
    node('person:a:p2', 'Bob'),
    node('status:a:open', 'open'),
    node('status:a:done', 'done'),
  ])
    await put(each)
  const status = edge('task:a:t1', 'has_status', 'status:a:open')
  // Further from the client than what follows: found in a second pass.
  await put(status, 'task:a:t1>has_status')
  await put({ ...status, to_id: 'status:a:done' }, 'task:a:t1>has_status')
  await put(edge('task:a:t1', 'assigned_to', 'person:a:p1'))
  await put(edge('task:a:t1', 'assigned_to', 'person:a:p2', 1_700_000_000_000))
  await put(edge('task:a:t1', 'watched_by', 'person:a:p2'))
  await kafka.send(topics.relationships, 'default/task:a:t1>watched_by>person:a:p2', null)
  await put(edge('task:a:t1', 'belongs_to', 'client:a:c1'))
  // Nothing else named them, so they went with the relationship.
  await put(node('tag:a:old', 'old'))
  await kafka.send(topics.nodes, 'default/tag:a:old', null)
  await put(edge('task:a:t1', 'tagged', 'tag:a:old', ENDED))
  await put(edge('task:a:t1', 'mentions', 'email_address::jane%40example.org', ENDED))
  await put(edge('person::email:jane%40example.org', 'has_email', 'email_address::jane%40example.org', ENDED))
  // A conversation that was deleted.
  await put(edge('conversation:f:cnv_1', 'about', 'person::email:jane%40example.org', ENDED))
  await put(edge('message:f:msg_1', 'part_of', 'conversation:f:cnv_1', ENDED))
})

afterAll(() => kafka?.close(2_000))

test('graph shows what holds now: the newest state of each key, without what has ended or is gone', async () => {
  const { code, out } = await millrace(['graph', 'c1'], env)
  expect(code).toBe(0)
  expect(out.trim().split('\n').sort()).toEqual(
    ['client c1', '└─ task: Call Jane', '   ├─ assigned_to: Ann', '   └─ has_status: done'].sort(),
  )
})

test('--all shows what has ended too, and until when', async () => {
  const { out } = await millrace(['graph', 'c1', '--all'], env)
  expect(out).toContain('assigned_to until 2023-11-14T22:13:20.000Z: Bob')
})

const goneIds = [
  'conversation:f:cnv_1',
  'email_address::jane%40example.org',
  'message:f:msg_1',
  'person::email:jane%40example.org',
  'tag:a:old',
]

test('--all shows the end of what is gone itself, a deleted conversation too, by id', async () => {
  const { out } = await millrace(['graph', 'c1', '--all'], env)
  const until = 'until 2023-11-14T22:13:20.000Z'
  for (const line of [
    `tagged ${until}: tag:a:old (gone)`,
    `mentions ${until}: email_address::jane%40example.org (gone)`,
    'conversation: conversation:f:cnv_1 (gone)',
    `message ${until}: message:f:msg_1 (gone)`,
  ])
    expect(out).toContain(line)
})

test('--all exports what is gone as a node of its own, so that every relationship has both ends', async () => {
  const { out } = await millrace(['graph', 'c1', '--all', '--format', 'json'], env)
  const { nodes, relationships } = JSON.parse(out)
  const gone = nodes.filter(({ properties }: { properties: { is_gone?: boolean } }) => properties.is_gone)
  expect(gone.map(({ id }: { id: string }) => id).toSorted()).toEqual(goneIds)
  expect(relationships.find(({ to_id }: { to_id: string }) => to_id === 'tag:a:old').valid_to).toBe(ENDED)
  const directory = await mkdtemp(join(tmpdir(), 'millrace-graph-'))
  await millrace(['graph', 'c1', '--all', '--format', 'csv', '--out', directory], env)
  const csv = await readFile(join(directory, 'nodes.csv'), 'utf8')
  const edges = await readFile(join(directory, 'relationships.csv'), 'utf8')
  const { out: graphml } = await millrace(['graph', 'c1', '--all', '--format', 'graphml'], env)
  for (const id of goneIds) {
    expect(csv).toContain(`\n${id},`)
    expect(graphml).toContain(`<node id="${id}">`)
  }
  expect(edges).toContain(`task:a:t1,tag:a:old,tagged,task:a:t1>tagged>tag:a:old,1,2,${ENDED},`)
  expect(graphml).toContain(`target="tag:a:old"><data key="edge.type">tagged</data>`)
  expect(graphml).toContain(`<data key="edge.valid_to">${ENDED}</data>`)
})

test('graph is exported as files, and says how much is in them', async () => {
  const out = await mkdtemp(join(tmpdir(), 'millrace-graph-'))
  const { code, err } = await millrace(['graph', 'c1', '--format', 'csv', '--out', join(out, 'csv')], env)
  expect({ code, err: err.trim() }).toEqual({ code: 0, err: '4 nodes, 3 relationships' })
  expect(await readFile(join(out, 'csv/nodes.csv'), 'utf8')).toMatch(/^node_id:ID,:LABEL,label:string,/)
  expect(await readFile(join(out, 'csv/relationships.csv'), 'utf8')).toMatch(/^:START_ID,:END_ID,:TYPE,/)
})

test('graph as JSON goes to stdout, for jq', async () => {
  const { out } = await millrace(['graph', 'c1', '--format', 'json'], env)
  const { nodes, roots } = JSON.parse(out)
  expect(roots).toEqual(['client:a:c1'])
  expect(nodes.find(({ id }: { id: string }) => id === 'task:a:t1').properties).toEqual({ id: 't1', done: false })
})

test('a client that nobody knows is named, with the tenant', async () => {
  const { code, err } = await millrace(['graph', 'nobody'], env)
  expect({ code, err }).toEqual({
    code: 1,
    err: 'millrace: there is no client "nobody" in the graph of tenant default\n',
  })
})

test.each([
  [['--format', 'pdf'], '--format is tree, json, csv or graphml'],
  [['--format', 'csv'], '--format csv needs --out DIR'],
  [['--depth', '0'], '--depth is a whole number'],
])('graph c1 %j is refused before anything is read', async (args, message) => {
  const { code, err } = await runInside(['graph', 'c1', ...args])
  expect(code).toBe(2)
  expect(err).toContain(message)
})

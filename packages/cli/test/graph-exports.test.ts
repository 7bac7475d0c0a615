import {
  type ClientGraph,
  graphmlText,
  jsonText,
  nodesCsv,
  relationshipsCsv,
  rolesFrom,
  stepOf,
} from '@millrace/domain'
import type { KnowledgeNode, KnowledgeRelationship } from '@millrace/schemas'
import fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { treeLines } from '../src/graph/tree.ts'

const seen = { tenant: 'default', client_ids: ['c1'], first_seen: 1, last_seen: 2, provenance: [] }

function node(id: string, label: string, properties: object = {}): KnowledgeNode {
  const [type = ''] = id.split(':')
  return { ...seen, id, type, label, properties_json: JSON.stringify(properties), same_as: null, identities: [] }
}

function edge(from_id: string, type: string, to_id: string, properties: object = {}): KnowledgeRelationship {
  const id = `${from_id}>${type}>${to_id}`
  return { ...seen, id, type, from_id, to_id, properties_json: JSON.stringify(properties), valid_to: null }
}

function graphOf(nodes: readonly KnowledgeNode[], relationships: readonly KnowledgeRelationship[]): ClientGraph {
  const roots = nodes.map(({ id }) => id).filter((id) => id === 'client:a:c1')
  const roles = rolesFrom(roots, relationships)
  return {
    tenant: 'default',
    clientId: 'c1',
    roots,
    nodes: new Map(nodes.map((each) => [each.id, each])),
    relationships: relationships.filter((each) => stepOf(each, roles)),
    roles,
  }
}

const textOf = (pieces: Iterable<string>) => [...pieces].join('')

const nasty = 'a "b", c\r\nd <e> & \u0000\u001b[31m ]]> ;'
const small = graphOf(
  [
    node('client:a:c1', 'c1', { client_id: 'c1' }),
    node('task:a:t1', nasty, { done: false, hours: 0, rate: 1.5, none: null, note: '', 'odd name': nasty, list: [1] }),
    node('person:a:p1', 'Jane', { email: 'jane@example.org' }),
  ],
  [
    edge('task:a:t1', 'belongs_to', 'client:a:c1'),
    edge('task:a:t1', 'assigned_to', 'person:a:p1', { stated: [nasty] }),
  ],
)

/** RFC 4180, strictly; an unquoted empty field is null. */
function readCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [[]]
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy
  while (field.lastIndex < text.length) {
    const [, cell, end] = field.exec(text) ?? []
    if (cell === undefined) throw new Error(`no CSV at ${field.lastIndex}`)
    rows.at(-1)?.push(cell === '' ? null : cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)
    if (end === '\r\n') rows.push([])
  }
  return rows.slice(0, -1)
}

function cells(csv: string, place: number): Record<string, string | null> {
  const [header = [], ...rows] = readCsv(csv)
  return Object.fromEntries(header.map((name, column) => [name ?? '', rows[place]?.[column] ?? null]))
}

test('nodes.csv is what Neo4j imports: typed columns, falsy values kept, absent ones empty', () => {
  expect(cells(textOf(nodesCsv(small)), 1)).toMatchObject({
    'node_id:ID': 'task:a:t1',
    ':LABEL': 'task',
    'label:string': nasty,
    'done:boolean': 'false',
    'hours:long': '0',
    'rate:double': '1.5',
    'note:string': '',
    'odd_name:string': nasty,
    'email:string': null,
  })
  expect(Object.keys(cells(textOf(nodesCsv(small)), 1))).not.toContain('list:string')
})

test('relationships.csv leads from node to node', () => {
  expect(cells(textOf(relationshipsCsv(small)), 1)).toMatchObject({
    ':START_ID': 'task:a:t1',
    ':END_ID': 'person:a:p1',
    ':TYPE': 'assigned_to',
    'valid_to:long': null,
    'properties_json:string': JSON.stringify({ stated: [nasty] }),
  })
})

test('two properties of one plain name have columns of their own, and none is that of a fixed one', () => {
  const graph = graphOf([node('client:a:c1', 'c1', { 'a b': 1, 'a-b': 2, Label: 'x', label: 'y' })], [])
  const [header = []] = readCsv(textOf(nodesCsv(graph)))
  const names = header.map((name) => name?.split(':')[0]?.toLowerCase())
  expect(new Set(names).size).toBe(names.length)
})

test('GraphML is well-formed and holds the same texts, except for what XML cannot', () => {
  const xml = textOf(graphmlText(small))
  expect(XMLValidator.validate(xml)).toBe(true)
  const { graphml } = new XMLParser({
    ignoreAttributes: false,
    processEntities: true,
    trimValues: false,
    parseTagValue: false,
    htmlEntities: true,
  }).parse(xml)
  const task = graphml.graph.node.find((each: { '@_id': string }) => each['@_id'] === 'task:a:t1')
  const data = Object.fromEntries(
    task.data.map((each: { '@_key': string; '#text'?: string }) => [each['@_key'], each['#text'] ?? '']),
  )
  expect(data).toMatchObject({ 'node.done': 'false', 'node.hours': '0', 'node.note': '' })
  expect(data['node.label']).toBe(nasty.replace('\u0000', '\ufffd').replace('\u001b', '\ufffd'))
})

test('whatever a property holds, every export can be read back', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string({ unit: 'binary' }), (properties, label) => {
      const graph = graphOf(
        [node('client:a:c1', label, properties)],
        [edge('client:a:c1', 'x', 'client:a:c1', properties)],
      )
      expect(cells(textOf(nodesCsv(graph)), 0)['label:string']).toBe(label)
      expect(JSON.parse(textOf(jsonText(graph))).nodes[0].properties).toEqual(JSON.parse(JSON.stringify(properties)))
      expect(XMLValidator.validate(textOf(graphmlText(graph)))).toBe(true)
      for (const line of treeLines(graph, 6)) expect(line).not.toMatch(/\p{Cc}/u)
    }),
    { numRuns: 60 },
  )
})

const people = graphOf(
  [
    node('client:a:c1', 'c1'),
    node('client:a:c2', 'c2'),
    node('task:a:t1', 'Call Jane'),
    node('task:a:t2', 'Their task'),
    node('custom_field_value:a:t1:f', 'Budget', { value: 0, resolved: null }),
    node('status:a:open', 'open'),
    node('person:a:clickup:1', 'Ann'),
    node('email_address::jane@example.org', 'jane@example.org'),
    node('person::email:jane@example.org', 'Jane', { email: 'jane@example.org' }),
    node('conversation:f:cnv_1', 'Invoice'),
    node('message:f:msg_1', 'Hello'),
  ],
  [
    edge('task:a:t1', 'belongs_to', 'client:a:c1'),
    edge('task:a:t2', 'belongs_to', 'client:a:c2'),
    edge('task:a:t1', 'has_status', 'status:a:open'),
    edge('task:a:t2', 'has_status', 'status:a:open'),
    edge('task:a:t1', 'assigned_to', 'person:a:clickup:1'),
    edge('task:a:t2', 'assigned_to', 'person:a:clickup:1'),
    edge('task:a:t1', 'has_custom_field', 'custom_field_value:a:t1:f'),
    edge('task:a:t1', 'mentions', 'email_address::jane@example.org'),
    edge('task:a:t1', 'mentions', 'task:a:t2'),
    edge('person::email:jane@example.org', 'has_email', 'email_address::jane@example.org'),
    edge('conversation:f:cnv_1', 'about', 'person::email:jane@example.org'),
    edge('message:f:msg_1', 'part_of', 'conversation:f:cnv_1'),
    edge('message:f:msg_1', 'sent_by', 'person::email:jane@example.org'),
  ],
)

test('a client’s graph holds its tasks and the conversations with whom they name, and nothing of another client', () => {
  const reached = [...people.roles.keys()]
  expect(reached).toContain('message:f:msg_1')
  // Named, but no more than that.
  expect(people.roles.get('task:a:t2')).toBe('named')
  expect(reached).not.toContain('client:a:c2')
})

test('the tree is readable: tasks with what they say, then conversations', () => {
  expect([...treeLines(people, 6)]).toEqual([
    'client c1',
    '├─ task: Call Jane',
    '│  ├─ has_status: open',
    '│  ├─ assigned_to: Ann',
    '│  ├─ has_custom_field: Budget = 0',
    '│  ├─ mentions: jane@example.org',
    '│  │  └─ of: Jane <jane@example.org>',
    '│  └─ mentions: Their task',
    '└─ conversation: Invoice',
    '   ├─ about: Jane <jane@example.org>',
    '   └─ message: Hello',
    '      └─ sent_by: Jane <jane@example.org>',
  ])
})

test('circles and depth end the tree, and it says so', () => {
  const circle = graphOf(
    [node('client:a:c1', 'c1'), node('conversation:f:1', 'one'), node('conversation:f:2', 'two')],
    [
      edge('conversation:f:1', 'belongs_to', 'client:a:c1'),
      edge('conversation:f:1', 'merged_into', 'conversation:f:2'),
      edge('conversation:f:2', 'merged_into', 'conversation:f:1'),
    ],
  )
  const lines = [...treeLines(circle, 6)]
  expect(lines.at(-1)).toMatch(/one {2}\(see above\)$/)
  expect([...treeLines(circle, 1)]).toEqual(['client c1', '└─ task: one  (1 more)'])
})

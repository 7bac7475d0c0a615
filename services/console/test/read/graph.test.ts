import { jsonText } from '@millrace/domain'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/connect.ts'
import { readClientGraph } from '../../src/read/graph/client-graph.ts'
import { findNodes, readNode } from '../../src/read/graph/find-nodes.ts'
import { findPath } from '../../src/read/graph/find-path.ts'
import { readNeighbours } from '../../src/read/graph/neighbours.ts'
import { exportQuery, neighboursQuery, nodesSearch, pathQuery } from '../../src/read/schemas/index.ts'
import { databaseKinds, openTestDatabase } from '../support/databases.ts'
import { addEdge, addNode, T0 } from './support/seed.ts'

describe.each(databaseKinds)('the graph in %s', (kind) => {
  let database: Database
  beforeAll(async () => {
    database = await openTestDatabase(kind)
    const { db } = database
    for (const id of ['client:a:c1', 'client:a:c2'])
      await addNode(db, {
        id,
        properties: JSON.stringify({ client_id: id.slice(-2) }) as never,
        client_ids: [id.slice(-2)],
      })
    for (const id of ['task:a:t1', 'task:a:t2']) await addNode(db, { id, label: `Task ${id}`, last_seen: T0 + 5 })
    await addNode(db, { id: 'status:a:open', label: 'open' })
    await addNode(db, { id: 'email_address::a753d09bfdfb3178ee29115abdfb7938', label: 'bo@acme.com' })
    await addNode(db, { id: 'person::email:a753d09bfdfb3178ee29115abdfb7938', label: 'Bo' })
    await addNode(db, {
      id: 'person::bo-alias',
      label: 'B.',
      same_as: 'person::email:a753d09bfdfb3178ee29115abdfb7938',
    })
    await addNode(db, { id: 'conversation:a:cnv_1', label: 'Invoice' })
    await addNode(db, { id: 'tag:a:lonely', label: 'Lonely' })
    await addNode(db, { id: 'task:a:t1', tenant: 'other' })
    await addEdge(db, 'task:a:t1', 'belongs_to', 'client:a:c1')
    await addEdge(db, 'task:a:t2', 'belongs_to', 'client:a:c2')
    await addEdge(db, 'task:a:t1', 'has_status', 'status:a:open')
    await addEdge(db, 'task:a:t2', 'has_status', 'status:a:open')
    await addEdge(db, 'task:a:t1', 'mentions', 'email_address::a753d09bfdfb3178ee29115abdfb7938')
    await addEdge(
      db,
      'person::email:a753d09bfdfb3178ee29115abdfb7938',
      'has_email',
      'email_address::a753d09bfdfb3178ee29115abdfb7938',
    )
    await addEdge(db, 'conversation:a:cnv_1', 'about', 'person::bo-alias')
    await addEdge(db, 'task:a:t1', 'assigned_to', 'person::gone', { valid_to: T0 + 9 })
  })
  afterAll(() => database.close())

  test('a client’s graph is what belongs to it, not what shares a status with it', async () => {
    const graph = await readClientGraph(database.db, 'default', 'c1', false)
    expect([...graph.nodes.keys()]).toEqual([
      'client:a:c1',
      'conversation:a:cnv_1',
      'email_address::a753d09bfdfb3178ee29115abdfb7938',
      'person::email:a753d09bfdfb3178ee29115abdfb7938',
      'status:a:open',
      'task:a:t1',
    ])
    expect(graph.relationships.find(({ type }) => type === 'about')?.to_id).toBe(
      'person::email:a753d09bfdfb3178ee29115abdfb7938',
    )
    expect(JSON.parse([...jsonText(graph)].join(''))).toMatchObject({ client_id: 'c1', roots: ['client:a:c1'] })
    expect(exportQuery.parse({ client: 'c1' })).toMatchObject({ format: 'json', ended: 'false' })
  })

  test('with what has ended, what it led to stands for itself', async () => {
    const graph = await readClientGraph(database.db, 'default', 'client:a:c1', true)
    expect(graph.nodes.get('person::gone')?.properties_json).toBe('{"is_gone":true}')
  })

  test('a client that is not of the tenant has no graph there', async () => {
    await expect(readClientGraph(database.db, 'other', 'c1', false)).rejects.toMatchObject({
      code: 'MR_CONSOLE_NOT_FOUND',
    })
  })

  test('neighbours come by their distance, as far as asked for', async () => {
    const around = async (query: object) => {
      const { nodes, is_truncated } = await readNeighbours(
        database.db,
        'default',
        'client:a:c1',
        neighboursQuery.parse(query),
      )
      return { nodes: nodes.map(({ id, depth }) => [id, depth] as const), is_truncated }
    }
    expect(await around({})).toEqual({
      nodes: [
        ['client:a:c1', 0],
        ['task:a:t1', 1],
      ],
      is_truncated: false,
    })
    const far = await around({ depth: 3 })
    expect(far.nodes).toContainEqual(['task:a:t2', 3])
    const few = await around({ depth: 3, limit: 3 })
    expect(few).toMatchObject({ is_truncated: true })
    expect(few.nodes).toHaveLength(3)
    const { nodes } = await readNeighbours(
      database.db,
      'default',
      'task:a:t1',
      neighboursQuery.parse({ ended: 'true' }),
    )
    expect(nodes.find(({ id }) => id === 'person::gone')).toMatchObject({ is_gone: true, type: 'person' })
  })

  test('a shortest way between two nodes is found whichever way relationships point', async () => {
    const path = async (from: string, to: string, query = {}) =>
      await findPath(database.db, 'default', pathQuery.parse({ from, to, ...query }))
    const found = await path('client:a:c1', 'client:a:c2')
    expect(found.nodes.map(({ id }) => id)).toEqual([
      'client:a:c1',
      'task:a:t1',
      'status:a:open',
      'task:a:t2',
      'client:a:c2',
    ])
    expect(found.relationships).toHaveLength(4)
    expect(await path('client:a:c1', 'tag:a:lonely')).toMatchObject({ is_found: false, is_exhausted: true })
    expect(await path('client:a:c1', 'client:a:c2', { max_length: 3 })).toMatchObject({
      is_found: false,
      is_exhausted: false,
    })
    expect((await path('tag:a:lonely', 'tag:a:lonely')).nodes).toHaveLength(1)
    await expect(path('client:a:c1', 'no:such')).rejects.toMatchObject({ code: 'MR_CONSOLE_NOT_FOUND' })
  })

  test('nodes are found by the beginning of their label, id, mail address, type and client', async () => {
    const ids = async (query: object) =>
      (await findNodes(database.db, 'default', nodesSearch.parse(query))).items.map(({ id }) => id)
    expect(await ids({ q: 'INV' })).toEqual(['conversation:a:cnv_1'])
    expect(await ids({ q: 'bo@acme.com' })).toEqual([
      'person::email:a753d09bfdfb3178ee29115abdfb7938',
      'email_address::a753d09bfdfb3178ee29115abdfb7938',
    ])
    expect(await ids({ type: 'task' })).toEqual(['task:a:t2', 'task:a:t1'])
    expect(await ids({ client: 'c2' })).toEqual(['client:a:c2'])
    expect(await readNode(database.db, 'default', 'task:a:t1')).toMatchObject({
      relationship_counts: [
        { type: 'belongs_to', direction: 'out', count: 1 },
        { type: 'has_status', direction: 'out', count: 1 },
        { type: 'mentions', direction: 'out', count: 1 },
      ],
    })
  })
})

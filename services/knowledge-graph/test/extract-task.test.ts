import { hashedPart } from '@millrace/domain'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { extractEvent } from '../src/extract-event.ts'
import { taskExtractor } from '../src/extract-task.ts'
import { relationshipTypes } from '../src/relationship-types.ts'
import { eventOf, golden, makeBody, richBody, sample } from './support/events.ts'
import { domainId, personByEmail } from './support/ids.ts'
import { extract, fieldValue, graphOf, nodesOf, relationshipsOf } from './support/task.ts'

function answerOf(body: unknown): unknown {
  return JSON.parse(extractEvent(eventOf(body), taskExtractor, 0).answer.toString())
}

describe('golden answers', () => {
  test("the sample of Make's scenario gets its full graph", () => {
    expect(answerOf(makeBody)).toEqual(golden('make-sample.answer.json'))
  })

  test('a full ClickUp task gets every kind of custom field resolved', () => {
    expect(answerOf(richBody)).toEqual(golden('rich-task.answer.json'))
  })

  test('the same event gives the same bytes', () => {
    const event = eventOf(richBody)
    expect(extractEvent(event, taskExtractor, 1).answer).toEqual(extractEvent(event, taskExtractor, 2).answer)
  })
})

describe('where the task is', () => {
  const task = sample('clickup/get_task.response.json')

  test.each([
    ['in `task`, as Make sends it', { task }],
    ['in `payload`, as a ClickUp automation sends it', { id: 'x:main', trigger_id: 't', payload: task }],
    ['at the top, as the ClickUp API answers', task],
  ])('%s', (_, body) => {
    const extraction = extract(body)
    expect(extraction.ok && extraction.graph.nodes.map((node) => node.id)).toContain('task:default:86d3f01jq')
  })
})

describe('the task', () => {
  test('with priority null has no priority, and says so', () => {
    const graph = graphOf({ priority: null })
    expect(nodesOf(graph, 'priority')).toEqual([])
    expect(nodesOf(graph, 'task')[0]?.properties).toMatchObject({ priority: null })
  })

  test('keeps 0, false, null and empty texts of its own', () => {
    const graph = graphOf({ points: 0, archived: false, date_closed: null, description: '' })
    expect(nodesOf(graph, 'task')[0]?.properties).toMatchObject({
      points: 0,
      archived: false,
      date_closed: null,
      description: '',
    })
  })

  test('with nothing but an id is a graph of client and task', () => {
    const extraction = extract({ task: { id: 't1' } })
    expect(extraction.ok && extraction.graph.nodes.map((node) => node.type)).toEqual(['client', 'task'])
  })

  test('with every list null yields no guess', () => {
    const graph = graphOf({
      assignees: null,
      watchers: null,
      tags: null,
      custom_fields: null,
      creator: null,
      status: null,
    })
    expect(graph.nodes.map((node) => node.type)).toEqual(['client', 'task'])
    expect(graph.unread).toEqual([])
  })

  test('without a client belongs to none', () => {
    const graph = graphOf({}, { clientId: null } as never)
    expect(graph.relationships).toEqual([])
  })

  test('takes status, priority and tags that are plain texts', () => {
    const graph = graphOf({ status: 'open', priority: 'high', tags: ['vip'] })
    expect(graph.nodes.map((node) => node.id)).toEqual(
      expect.arrayContaining(['status:default:open', 'priority:default:high', 'tag:default:vip']),
    )
  })

  test('names what it could not read', () => {
    const graph = graphOf({ status: 7, tags: 'vip', assignees: [{ initials: 'AB' }], custom_fields: [null] })
    expect(graph.unread.toSorted()).toEqual([
      '/task/assignees/0',
      '/task/custom_fields/0',
      '/task/status',
      '/task/tags',
    ])
  })

  test('leaves the colour of a status shared by two tasks to each of them', () => {
    const [red, blue] = ['red', 'blue'].map((color, index) =>
      graphOf({ id: `t${index}`, status: { status: 'open', color } }),
    )
    expect(nodesOf(red as never, 'status')).toEqual(nodesOf(blue as never, 'status'))
    expect(relationshipsOf(red as never, 'has_status')[0]?.properties).toEqual({ color: 'red' })
    expect(relationshipsOf(blue as never, 'has_status')[0]?.properties).toEqual({ color: 'blue' })
  })
})

describe('people', () => {
  const bo = { id: 1, username: 'Bo', email: 'Bo@Example.com' }

  test('who are assignee, creator and watcher at once are one node', () => {
    const graph = graphOf({ assignees: [bo], creator: { id: 1 }, watchers: [{ ...bo, color: '#fff' }] })
    expect(nodesOf(graph, 'person')).toHaveLength(1)
    expect(nodesOf(graph, 'person')[0]?.properties).toEqual({
      clickup_id: 1,
      username: 'Bo',
      email: 'Bo@Example.com',
      color: '#fff',
    })
    expect(graph.relationships.map((relationship) => relationship.type)).toEqual(
      expect.arrayContaining(['assigned_to', 'created_by', 'watched_by']),
    )
  })

  test('with a name only are persons of their task, merged with nobody', () => {
    const idOf = (id: string, users: unknown[]) =>
      relationshipsOf(graphOf({ id, assignees: users }), 'assigned_to').map(({ to_id }) => to_id)
    expect(idOf('t1', [{ username: 'Bo' }, { username: ' bo ' }, bo])).toEqual([
      `person:default:task:t1:name:${hashedPart('bo')}`,
      personByEmail('bo@example.com'),
    ])
    expect(idOf('t2', [{ username: 'Bo' }])).toEqual([`person:default:task:t2:name:${hashedPart('bo')}`])
  })

  test('listed twice are assigned once', () => {
    expect(relationshipsOf(graphOf({ assignees: [bo, bo] }), 'assigned_to')).toHaveLength(1)
  })

  test('are the same in two tasks by one email, and by one vendor id within an account', () => {
    const idIn = (account: string, id: string, user: unknown) =>
      nodesOf(graphOf({ id, assignees: [user] }, { account }), 'person')[0]?.id
    expect(idIn('a', 't1', bo)).toBe(idIn('b', 't2', { id: 7, email: 'bo@example.com' }))
    expect(idIn('a', 't1', { id: 1 })).toBe(idIn('a', 't2', { id: 1 }))
    expect(idIn('a', 't1', { id: 1 })).not.toBe(idIn('b', 't1', { id: 1 }))
  })

  test('belong to the organisation of their mail domain, unless anybody may have an address there', () => {
    const graph = graphOf({ assignees: [{ email: 'a@sales.acme.co.uk' }, { email: 'b@gmail.com' }] })
    expect(nodesOf(graph, 'organisation').map((node) => node.id)).toEqual([domainId('acme.co.uk')])
  })

  test('of a field and of the task are one by email, though one of them has no id', () => {
    const field = { id: 'f', name: 'F', type: 'users', value: [{ id: 1 }, { email: 'bo@example.com' }] }
    const graph = graphOf({ assignees: [bo], custom_fields: [field] })
    expect(nodesOf(graph, 'person')).toHaveLength(1)
    expect(relationshipsOf(graph, 'refers_to')).toHaveLength(1)
  })

  test('without a vendor id are known by email, whatever its case', () => {
    const graph = graphOf({ assignees: [{ email: 'Guest@Example.com' }, { email: 'guest@example.com ' }] })
    expect(nodesOf(graph, 'person').map((node) => node.id)).toEqual([personByEmail('guest@example.com')])
  })
})

describe('custom field values', () => {
  const field = (value: unknown) => ({ id: 'f', name: 'F', type: 'text', value })

  test.each([[0], [false], [null], ['']])('%j is a value', (value) => {
    expect(fieldValue(graphOf({ custom_fields: [field(value)] }), 'f')?.properties.value).toBe(value)
  })

  test('a field without `value` has none', () => {
    const graph = graphOf({ custom_fields: [{ id: 'f', name: 'F', type: 'text' }] })
    expect(nodesOf(graph, 'custom_field_value')).toEqual([])
    expect(relationshipsOf(graph, 'has_custom_field')).toEqual([])
  })

  test.each([
    ['drop_down', 7],
    ['labels', ['gone']],
    ['phone', '12345'],
    ['email', 'nonsense'],
    ['date', 'soon'],
    ['users', 'junk'],
    ['number', 'many'],
  ])('%s %j is not understood: it is named, and kept as it was', (type, value) => {
    const config = { options: [{ id: 'o-1', name: 'Gold', label: 'Gold', orderindex: 0 }] }
    const graph = graphOf({ custom_fields: [{ id: 'f', name: 'F', type, type_config: config, value }] })
    expect(graph.unread).toEqual(['/task/custom_fields/0/value'])
    expect(fieldValue(graph, 'f')?.properties.value).toEqual(value)
  })

  test.each([
    ['drop_down', 0],
    ['labels', ['o-1']],
    ['phone', '+44 20 7946 0018'],
    ['email', 'bo@acme.example'],
    ['date', '1780000000000'],
    ['number', 0],
    ['phone', ''],
    ['date', null],
    ['hologram', 'soon'],
  ])('%s %j is understood', (type, value) => {
    const config = { options: [{ id: 'o-1', name: 'Gold', label: 'Gold', orderindex: 0 }] }
    expect(graphOf({ custom_fields: [{ id: 'f', name: 'F', type, type_config: config, value }] }).unread).toEqual([])
  })

  test('of one field in two tasks are two nodes', () => {
    const ids = ['t1', 't2'].map((id) => fieldValue(graphOf({ id, custom_fields: [field(id)] }), 'f')?.id)
    expect(new Set(ids).size).toBe(2)
  })
})

describe('a body that holds no task', () => {
  test.each([
    ['is no object', 'text', ''],
    ['has none', { client_id: 'acme' }, '/task'],
    ['has a text for one', { task: 'T' }, '/task'],
    ['has null for one', { task: null }, '/task'],
    ['has a list for one', { task: [] }, '/task'],
    ['has one without id', { task: { name: 'T' } }, '/task/id'],
    ['has one whose id is an object', { task: { id: {} } }, '/task/id'],
  ])('%s: the problem is named by its place', (_, body, pointer) => {
    const extraction = extract(body)
    expect(extraction.ok ? [] : extraction.problems.map((problem) => problem.pointer)).toEqual([pointer])
  })
})

test('no shape makes it throw, every relationship joins nodes that are there, and every id is bounded and found once', () => {
  const loose = fc.jsonValue({ maxDepth: 4 })
  const user = fc.oneof(loose, fc.record({ id: loose, email: loose, username: loose }, { requiredKeys: [] }))
  const field = fc.record(
    {
      id: loose,
      name: loose,
      type: fc.constantFrom(
        'drop_down',
        'labels',
        'users',
        'tasks',
        'date',
        'currency',
        'checkbox',
        'location',
        '__proto__',
        'x',
      ),
      type_config: fc.oneof(
        loose,
        fc.record({ options: fc.array(fc.oneof(loose, fc.record({ id: loose, name: loose, orderindex: loose }))) }),
      ),
      value: fc.oneof(loose, fc.array(user)),
    },
    { requiredKeys: [] },
  )
  const task = fc.record(
    {
      id: fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.integer(), loose),
      name: loose,
      status: fc.oneof(loose, fc.record({ status: loose, color: loose })),
      priority: loose,
      creator: user,
      assignees: fc.oneof(loose, fc.array(user)),
      tags: fc.oneof(loose, fc.array(fc.oneof(loose, fc.record({ name: loose })))),
      custom_fields: fc.oneof(loose, fc.array(fc.oneof(loose, field))),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(loose, fc.record({ task })), (body) => {
      const extraction = extract(body)
      if (!extraction.ok) return
      const { nodes, relationships } = extraction.graph
      const ids = nodes.map((node) => node.id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(Math.max(...ids.map((id) => id.length))).toBeLessThanOrEqual(200)
      for (const { from_id, to_id, type } of relationships) {
        expect(ids).toContain(from_id)
        expect(ids).toContain(to_id)
        expect(Object.keys(relationshipTypes)).toContain(type)
      }
    }),
    { numRuns: 500 },
  )
})

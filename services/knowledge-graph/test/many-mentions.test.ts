import { describe, expect, test } from 'vitest'
import { extract, graphOf, nodesOf, relationshipsOf } from './support/task.ts'

const MAX_NODES = 1_000

/** A text field that mentions as many addresses as one text may, each its own. */
function wordyField(field: number) {
  const addresses = Array.from({ length: 200 }, (_, n) => `a${field}x${n}@mail.example`)
  return { id: `f${field}`, name: `Field ${field}`, type: 'text', value: addresses.join(' ') }
}

const wordy = (count: number) => Array.from({ length: count }, (_, field) => wordyField(field))

describe('a task whose texts mention more than a graph holds', () => {
  const graph = graphOf({ custom_fields: wordy(8), tags: ['vip'], description: 'ask last@mail.example' })

  test('keeps its own parts and the mentions that come first', () => {
    expect(graph.nodes).toHaveLength(MAX_NODES)
    expect(nodesOf(graph, 'custom_field_value')).toHaveLength(8)
    expect(nodesOf(graph, 'tag')).toHaveLength(1)
    const addresses = nodesOf(graph, 'email_address').map(({ properties }) => properties.address)
    expect(addresses[0]).toBe('a0x0@mail.example')
    expect(addresses).not.toContain('last@mail.example')
  })

  test('has no relationship that leads nowhere', () => {
    const ids = new Set(graph.nodes.map(({ id }) => id))
    expect(graph.relationships.filter(({ from_id, to_id }) => !ids.has(from_id) || !ids.has(to_id))).toEqual([])
  })

  test('names each text of which it left mentions out, once', () => {
    const mentioning = new Set(relationshipsOf(graph, 'mentions').map(({ from_id }) => from_id))
    const partly = [...mentioning].filter(
      (id) => !graph.nodes.find((node) => node.id === id)?.sections.includes('mentions'),
    )
    expect(graph.unread).toContain('/task/description')
    expect(graph.unread).toContain('/task/custom_fields/7/value')
    expect(graph.unread).not.toContain('/task/custom_fields/0/value')
    expect(new Set(graph.unread).size).toBe(graph.unread.length)
    expect(partly.length).toBeLessThanOrEqual(1)
  })

  test('does not say that what it left out is no longer mentioned', () => {
    const [task] = nodesOf(graph, 'task')
    expect(task?.sections).not.toContain('mentions')
    expect(graph.nodes.find(({ properties }) => properties.field_id === 'f0')?.sections).toContain('mentions')
    expect(graph.nodes.find(({ properties }) => properties.field_id === 'f7')?.sections).not.toContain('mentions')
  })
})

test('a mention that is a part of the task too is not left out', () => {
  const last = { id: 'last', name: 'Last', type: 'users', value: [{ id: 9, email: 'a7x199@mail.example' }] }
  const graph = graphOf({ custom_fields: [...wordy(8), last] })
  const ids = new Set(graph.nodes.map(({ id }) => id))
  expect(nodesOf(graph, 'person')).toHaveLength(1)
  expect(graph.relationships.every(({ from_id, to_id }) => ids.has(from_id) && ids.has(to_id))).toBe(true)
})

test('a task with more parts of its own than a graph holds is refused', () => {
  const tags = Array.from({ length: MAX_NODES }, (_, n) => `tag ${n}`)
  const task = { id: 't1', name: 'T', tags, custom_fields: wordy(1) }
  expect(extract({ client_id: 'acme', action_id: 'a', task })).toMatchObject({
    ok: false,
    problems: [{ pointer: '/task' }],
  })
})

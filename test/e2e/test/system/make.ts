import { randomUUID } from 'node:crypto'
import { topics } from '@millrace/schemas'
import { fixture, freshMakeSample, MAKE_PATH, signMake, waitFor } from '@millrace/test-support'
import { describe, expect, test } from 'vitest'
import type { Answer, TestSystem, UseSystem } from '../support/test-system.ts'
import type { Entry } from '../support/topic-reader.ts'

interface GraphNode {
  readonly id: string
  readonly type: string
  readonly label: string
  readonly properties: Readonly<Record<string, unknown>>
}

interface GraphRelationship {
  readonly id: string
  readonly type: string
  readonly from_id: string
  readonly to_id: string
}

interface Graph {
  readonly extraction_id: string
  readonly knowledge_nodes: readonly GraphNode[]
  readonly relationships: readonly GraphRelationship[]
}

/** A full task of ClickUp's API, with a value of every kind that is easily taken for none. */
function richTask(id: string, number: number): object {
  const field = (name: string, type: string, value: unknown) => ({ id: `field-${name}`, name, type, value })
  const task = JSON.parse(fixture('clickup/get_task.response.json').toString())
  return {
    ...task,
    id,
    priority: null,
    points: 0,
    archived: false,
    custom_fields: [
      field('count', 'number', number),
      field('none left', 'number', 0),
      field('checked', 'checkbox', false),
      field('note', 'text', ''),
      field('reviewer', 'users', null),
      { id: 'field-unset', name: 'unset', type: 'text' },
    ],
    assignees: [
      { id: 0, username: 'Zero', email: 'zero@example.com', initials: 'Z' },
      { id: 272608942, username: 'Bo Williams', email: 'bwilliams@example.com', initials: 'BW' },
    ],
  }
}

export function make(use: UseSystem): void {
  describe.concurrent('a Make request', () => {
    test('of the published sample is answered with the whole graph of its task', async () => {
      const { body, clientId } = freshMakeSample()
      const { task } = JSON.parse(body.toString())
      const answer = await use().postMake(body)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/)
      const webhookId = answer.headers.get('x-webhook-id')
      expect(answer.json).toMatchObject({
        webhook_id: webhookId,
        status: 'processed',
        client_id: clientId,
        result: {
          webhook_id: webhookId,
          client_id: clientId,
          action_id: 'get_client_data',
          source: 'make.com_chatgpt_clients',
        },
      })
      const graph = graphOf(answer)
      expect(graph.knowledge_nodes.map(({ type, label }) => `${type} ${label}`).toSorted()).toEqual([
        `client ${clientId}`,
        'custom_field_value Client ID',
        'email_address user1@example.com',
        'organisation example.com',
        'person user1',
        'status in progress',
        `task ${task.name}`,
      ])
      expect(triples(graph)).toEqual([
        `${task.name} assigned_to user1`,
        `${task.name} belongs_to ${clientId}`,
        `${task.name} has_custom_field Client ID`,
        `${task.name} has_status in progress`,
        'user1 has_email user1@example.com',
        'user1 member_of example.com',
      ])
    })

    test('appears in each topic of knowledge once, as it was answered', async () => {
      const system = use()
      const { body, clientId } = freshMakeSample()
      const answer = await system.postMake(body)
      const graph = graphOf(answer)
      const isMine = ({ value }: Entry<{ extraction_id: string }>) => value.extraction_id === graph.extraction_id
      const ids = [...graph.knowledge_nodes, ...graph.relationships].map(({ id }) => id).toSorted()
      const nodeIds = graph.knowledge_nodes.map(({ id }) => id)
      // One more for the vendor's id of the assignee, who is known by email.
      const observed = await system.topics.wait(topics.observations, isMine, { count: nodeIds.length + 1 })
      expect(observed.map(({ value }) => value.id)).toEqual(expect.arrayContaining(nodeIds))
      expect(observed.flatMap(({ value }) => value.relationships)).toHaveLength(graph.relationships.length)

      const [extraction, ...others] = await system.topics.wait(topics.extractions, isMine)
      expect(others).toEqual([])
      expect(extraction?.value).toMatchObject({ client_id: clientId, extractor: 'task' })
      expect(extraction?.value.reply).toEqual(answer.bytes)
      expect([...(extraction?.value.node_ids ?? []), ...(extraction?.value.relationship_ids ?? [])].toSorted()).toEqual(
        ids,
      )

      for (const { id, type, label, properties } of graph.knowledge_nodes) {
        const [node] = (await system.topics.wait(topics.nodes, ({ value }) => value.id === id)).slice(-1)
        expect(node?.value).toMatchObject({ type, label })
        expect(JSON.parse(node?.value.properties_json ?? '')).toEqual(properties)
      }
      for (const { id, type, from_id, to_id } of graph.relationships) {
        const [relationship] = (await system.topics.wait(topics.relationships, ({ value }) => value.id === id)).slice(
          -1,
        )
        expect(relationship?.value).toMatchObject({ type, from_id, to_id, valid_to: null })
      }
    })

    test('of a rich task with `priority: null` keeps 0, false, null and the empty text, and invents nothing for an unset field', async () => {
      const id = randomUUID()
      const graph = graphOf(await postTask(use(), richTask(id, 7)))
      const fields = graph.knowledge_nodes.filter(({ type }) => type === 'custom_field_value')
      expect(Object.fromEntries(fields.map(({ properties }) => [properties.name, properties.value]))).toEqual({
        count: 7,
        'none left': 0,
        checked: false,
        note: '',
        reviewer: null,
      })
      const task = graph.knowledge_nodes.find(({ type }) => type === 'task')
      expect(task?.properties).toMatchObject({ id, priority: null, points: 0, archived: false, description: '' })
      expect(graph.knowledge_nodes.filter(({ type }) => type === 'priority')).toEqual([])
      expect(triples(graph).filter((triple) => triple.includes('assigned_to'))).toEqual([
        `${task?.label} assigned_to Bo Williams`,
        `${task?.label} assigned_to Zero`,
      ])
    })

    test('of another task in the same list does not overwrite the first one’s field values', async () => {
      const system = use()
      const [one, two] = [randomUUID(), randomUUID()]
      const first = graphOf(await postTask(system, richTask(one, 1)))
      const second = graphOf(await postTask(system, richTask(two, 2)))
      for (const [graph, value] of [
        [first, 1],
        [second, 2],
      ] as const) {
        const field = graph.knowledge_nodes.find(({ properties }) => properties.name === 'count')
        const states = await system.topics.wait(topics.nodes, (entry) => entry.value.id === field?.id)
        expect(JSON.parse(states.at(-1)?.value.properties_json ?? '')).toMatchObject({ value })
      }
    })

    test('signed over its raw bytes instead of carrying the key is answered too', async () => {
      const { body } = freshMakeSample()
      const answer = await use().post(MAKE_PATH, signMake(body, use().makeSecret, 'hmac'), body)
      expect(answer).toMatchObject({ status: 200, json: { status: 'processed' } })
    })

    test('gets the same bytes for the same idempotency key, while the first is in progress and later', async () => {
      const system = use()
      const key = { 'idempotency-key': randomUUID() }
      const { body } = freshMakeSample()
      const [first, beside] = await Promise.all([system.postMake(body, key), system.postMake(body, key)])
      const later = await system.postMake(freshMakeSample().body, key)
      expect(first).toMatchObject({ status: 200, json: { status: 'processed' } })
      expect(beside.bytes).toEqual(first.bytes)
      expect(later.bytes).toEqual(first.bytes)
      const id = graphOf(first).extraction_id
      expect(await system.topics.wait(topics.extractions, ({ value }) => value.extraction_id === id)).toHaveLength(1)
    })

    test('gets the same bytes when its body comes again without a key, and is extracted once', async () => {
      const system = use()
      const { body, clientId } = freshMakeSample()
      const first = await system.postMake(body)
      const again = await system.postMake(body)
      expect(first).toMatchObject({ status: 200, json: { status: 'processed' } })
      expect(again.bytes).toEqual(first.bytes)
      const isOfClient = ({ value }: Entry<{ client_id: string | null }>) => value.client_id === clientId
      expect(await system.topics.wait(topics.extractions, isOfClient)).toHaveLength(1)
    })

    test('lacks fields: every one is told by pointer, and nothing is stored', async () => {
      const system = use()
      const client_id = randomUUID()
      const answer = await system.postMake(Buffer.from(JSON.stringify({ client_id, task: { name: 7 } })))
      expect(answer).toMatchObject({ status: 400, json: { rule: 'body-invalid' } })
      const { errors } = answer.json as { errors: { pointer: string }[] }
      expect(errors.map(({ pointer }) => pointer)).toEqual(['/action_id', '/task/id', '/task/name'])
      const webhookId = answer.headers.get('x-webhook-id')
      const received = await system.topics.all(topics.received)
      expect(received.filter(({ value }) => value.webhook_id === webhookId)).toEqual([])
    })

    test('that would rather not wait is told where its answer will be, and finds it there', async () => {
      const system = use()
      const { body, clientId } = freshMakeSample()
      const accepted = await system.postMake(body, { prefer: 'respond-async' })
      expect(accepted).toMatchObject({ status: 202, json: { status: 'accepted' } })
      const url = new URL(accepted.headers.get('location') ?? '', system.gatewayUrl)
      const found = await waitFor(
        async () => {
          const looked = await fetch(url, { headers: { 'x-make-apikey': system.makeSecret } })
          return looked.status === 200 && looked.json()
        },
        { what: 'the answer' },
      )
      expect(found).toMatchObject({
        status: 'processed',
        client_id: clientId,
        webhook_id: accepted.headers.get('x-webhook-id'),
      })
    })
  })
}

function postTask(system: TestSystem, task: object): Promise<Answer> {
  const body = { client_id: `client-${randomUUID()}`, action_id: 'get_client_data', task }
  return system.postMake(Buffer.from(JSON.stringify(body)))
}

function graphOf(answer: Answer): Graph {
  expect(answer).toMatchObject({ status: 200, json: { status: 'processed' } })
  return (answer.json as { result: { knowledge_graph: Graph } }).result.knowledge_graph
}

/** The relationships with their ends by name; each end must be a node of the graph. */
function triples({ knowledge_nodes, relationships }: Graph): string[] {
  const labels = new Map(knowledge_nodes.map(({ id, label }) => [id, label]))
  return relationships
    .map(({ type, from_id, to_id }) => `${labels.get(from_id)} ${type} ${labels.get(to_id)}`)
    .toSorted()
}

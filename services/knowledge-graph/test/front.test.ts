import { describePayload } from '@millrace/domain'
import type { ConversationSnapshot, WebhookEvent } from '@millrace/schemas'
import { topics } from '@millrace/schemas'
import type { FixtureName } from '@millrace/test-support'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { extractEvent } from '../src/extract-event.ts'
import { extractedFrom, snapshotExtractor } from '../src/extract-snapshot.ts'
import type { Graph } from '../src/extractor.ts'
import { extractorFor } from '../src/extractors.ts'
import { eventOf, sample } from './support/events.ts'
import { foldRandomly, type GraphTables, randomOf, textOf } from './support/graph-world.ts'
import { addressId, domainId, personByEmail, urlId } from './support/ids.ts'
import { observationsIn } from './support/observations.ts'
import { BEGUN, snapshot } from './support/snapshot.ts'
import { nodesOf } from './support/task.ts'

/** The event that dedup makes of a Front body. */
function frontEvent(body: object, changes: Partial<WebhookEvent> = {}): WebhookEvent {
  const { type, occurredAt, conversationId, providerEventId } = describePayload('front', body)
  return eventOf(body, {
    provider: 'front',
    source: 'front-support',
    event_id: providerEventId ?? 'evt_0',
    type,
    client_id: null,
    conversation_id: conversationId,
    occurred_at: occurredAt ?? BEGUN,
    received_at: Math.max(occurredAt ?? BEGUN, BEGUN),
    ...changes,
  })
}

function graphOf(body: object): Graph {
  const event = frontEvent(body)
  const { type, account, occurred_at: at } = event
  const extraction = extractorFor(event)?.extract(body, { type, account, clientId: null, at })
  if (extraction?.ok !== true) throw new Error('no graph')
  return extraction.graph
}

function fold(...events: WebhookEvent[]): GraphTables {
  const seen = events.flatMap((event) => {
    const extractor = extractorFor(event)
    return extractor === undefined ? [] : observationsIn(extractEvent(event, extractor, 0).outputs)
  })
  return foldRandomly(seen, { random: randomOf(1) })
}

const named = (name: string) => sample(`front/${name}.json` as FixtureName)
const triples = (graph: Graph) =>
  graph.relationships.map(({ from_id, type, to_id }) => `${from_id} ${type} ${to_id}`).toSorted()

describe('the samples', () => {
  test('a received message is part of its conversation, with sender, recipients, inbox, tags and team', () => {
    const graph = graphOf(named('app-webhook.inbound_received'))
    expect(triples(graph)).toEqual(
      expect.arrayContaining([
        'message:default:msg_1sagx9sk part_of conversation:default:cnv_1042nr10',
        `message:default:msg_1sagx9sk sent_by ${personByEmail('sabrina@fictionalcustomer.com')}`,
        `message:default:msg_1sagx9sk sent_to ${personByEmail('mylittleshop@yourfictionalcompany.com')}`,
        `conversation:default:cnv_1042nr10 about ${personByEmail('sabrina@fictionalcustomer.com')}`,
        'conversation:default:cnv_1042nr10 in_inbox inbox:default:inb_axnro',
        'conversation:default:cnv_1042nr10 tagged tag:default:front:tag_3u1ahg',
        'inbox:default:inb_axnro owned_by team:default:tim_4yztg',
        'conversation:default:cnv_1042nr10 has_status status:default:conversation:unassigned',
        `${personByEmail('sabrina@fictionalcustomer.com')} member_of ${domainId('fictionalcustomer.com')}`,
      ]),
    )
    expect(
      nodesOf(graph, 'person').find(({ id }) => id === personByEmail('sabrina@fictionalcustomer.com'))?.identities,
    ).toEqual(['person:default:front:crd_3h53wd0'])
    // Two private tags of one name are two tags.
    expect(nodesOf(graph, 'tag')).toHaveLength(3)
    expect(graph.unread).toEqual([])
  })

  test('a reply is sent by its author, and a comment by the teammate who wrote it', () => {
    expect(triples(graphOf(named('rule-webhook.out_reply')))).toContain(
      `message:default:msg_1176ryy sent_by ${personByEmail('leela@planet-express.com')}`,
    )
    expect(triples(graphOf(named('rule-webhook.mention')))).toContain(
      `message:default:com_shgbu sent_by ${personByEmail('leela@planet-express.com')}`,
    )
  })

  test('a preview gives what it names, and nothing that it does not say', () => {
    expect(triples(graphOf(named('rule-webhook.assign.preview')))).toEqual([
      'conversation:default:cnv_55c8c149 assigned_to person:default:front:tea_55c8c149',
    ])
  })

  test('the simple form gives conversation and message alike', () => {
    expect(triples(graphOf(named('simple.message-received')))).toContain(
      `message:default:msg_123 sent_by ${personByEmail('customer@example.com')}`,
    )
    expect(nodesOf(graphOf(named('simple.conversation-created')), 'conversation')[0]?.id).toBe(
      'conversation:default:cnv_123',
    )
  })

  test.each([
    'app-webhook.inbound_received',
    'rule-webhook.archive.no-target',
    'rule-webhook.assign.preview',
    'rule-webhook.assign.status-invisible',
    'rule-webhook.inbound',
    'rule-webhook.mention',
    'rule-webhook.out_reply',
    'rule-webhook.tag',
    'simple.conversation-created',
    'simple.message-received',
  ])('%s: every relationship joins nodes that are there', (name) => {
    const graph = graphOf(named(name))
    const ids = new Set(graph.nodes.map(({ id }) => id))
    expect(graph.nodes.length).toBeGreaterThan(1)
    for (const { from_id, to_id } of graph.relationships)
      expect([ids.has(from_id), ids.has(to_id)]).toEqual([true, true])
  })

  test('all together make one person of each teammate and contact', () => {
    const names = ['inbound', 'out_reply', 'mention', 'tag', 'archive.no-target', 'assign.status-invisible']
    const tables = fold(...names.map((name) => frontEvent(named(`rule-webhook.${name}`))))
    const people = [...tables.nodes.values()].filter(({ type }) => type === 'person').map(({ id }) => id)
    const addresses = ['calculon@momsbot.com', 'leela@planet-express.com', 'support@planet-express.com']
    expect(people.toSorted()).toEqual(addresses.map(personByEmail).toSorted())
  })
})

const conversation = {
  id: 'cnv_1',
  subject: 'Order',
  status: 'assigned',
  assignee: { id: 'tea_1', email: 'ann@acme.example' },
  tags: [{ id: 'tag_1', name: 'vip' }],
  custom_fields: { Tier: 0, Ref: null },
  links: [{ id: 'top_1', name: 'Ticket', external_url: 'https://tickets.example/7' }],
}
const message = {
  id: 'msg_1',
  text: 'Please call bo@other.example',
  recipients: [
    { handle: 'bo@other.example', role: 'from' },
    { handle: '+442079460958', role: 'to' },
  ],
}

function at(second: number, type: string, change: object, target?: object): WebhookEvent {
  const event = {
    id: `evt_${second}`,
    type,
    emitted_at: BEGUN / 1000 + second,
    conversation: { ...conversation, ...change },
  }
  return frontEvent(target === undefined ? event : { ...event, target: { _meta: { type: 'message' }, data: target } })
}

function holding({ relationships }: GraphTables): string[] {
  return [...relationships.values()].filter(({ valid_to }) => valid_to === null).map(({ id }) => id)
}

describe('over time', () => {
  const begun = at(1, 'inbound', {}, message)

  test('a conversation that loses assignee, tag, link and field keeps what is left', () => {
    const tables = fold(
      begun,
      at(2, 'unassign', { assignee: null, tags: [], links: [], custom_fields: { Tier: false } }),
    )
    expect(holding(tables).filter((id) => id.startsWith('conversation'))).toEqual([
      'conversation:default:cnv_1>has_custom_field>custom_field_value:default:cnv_1:name:Tier',
      'conversation:default:cnv_1>has_status',
    ])
    const field = tables.nodes.get('default/custom_field_value:default:cnv_1:name:Tier')
    expect(JSON.parse(field?.properties_json ?? '')).toEqual({ name: 'Tier', value: false })
  })

  test('a deleted conversation goes with its messages and what only they named, and the relationships end', () => {
    const tables = fold(at(2, 'trash', { status: 'deleted' }), begun)
    expect([...tables.nodes.keys()]).toEqual([])
    const ends = new Set([...tables.relationships.values()].map(({ valid_to }) => valid_to))
    expect(ends).toEqual(new Set([BEGUN + 2_000]))
    expect(tables.relationships.size).toBeGreaterThan(8)
  })

  test('a restored conversation is back with what the event says', () => {
    const tables = fold(begun, at(2, 'trash', { status: 'deleted' }), at(3, 'restore', {}, message))
    expect(holding(tables)).toContain(`message:default:msg_1>mentions>${addressId('bo@other.example')}`)
    expect(tables.nodes.has('default/conversation:default:cnv_1')).toBe(true)
  })

  test('people of tasks and of conversations are one by email', () => {
    const task = eventOf({
      client_id: 'acme',
      task: { id: 't', name: 'T', assignees: [{ id: 5, email: 'Ann@acme.example' }] },
    })
    const tables = fold(begun, task)
    const ann = tables.nodes.get(`default/${personByEmail('ann@acme.example')}`)
    expect(ann?.identities).toEqual(['person:default:clickup:5', 'person:default:front:tea_1'])
    expect(holding(tables).filter((id) => id.includes('>assigned_to>'))).toHaveLength(2)
  })

  test('a merged conversation leads on to the one that goes on', () => {
    const merged = frontEvent({
      id: 'evt_9',
      type: 'conversations_merged',
      emitted_at: BEGUN / 1000 + 9,
      conversation: { ...conversation, id: 'cnv_2' },
      target: { _meta: { type: 'deleted_conversation_ids' }, data: ['cnv_1'] },
    })
    const held = holding(fold(begun, merged)).filter((id) => id.startsWith('conversation:default:cnv_1'))
    expect(held).toEqual(['conversation:default:cnv_1>merged_into'])
  })
})

const anyChange = fc.record(
  {
    status: fc.constantFrom('assigned', 'archived', 'deleted', 'unassigned'),
    assignee: fc.constantFrom<object | null>(
      null,
      { id: 'tea_1' },
      { id: 'tea_1', email: 'ann@acme.example' },
      { id: 'tea_2' },
    ),
    tags: fc.subarray([
      { id: 'tag_1', name: 'vip' },
      { id: 'tag_2', name: 'vip' },
    ]),
    custom_fields: fc.constantFrom({}, { Tier: 0 }, { Note: 'ask ann@acme.example' }),
    recipient: fc.constantFrom<object | null>(null, { handle: 'bo@other.example', role: 'from' }),
  },
  { requiredKeys: [] },
)
const anyTarget = fc.constantFrom<object | undefined>(
  undefined,
  message,
  { ...message, text: 'no news' },
  { ...message, id: 'msg_2' },
  { id: 'msg_1' },
)
const anyType = fc.constantFrom('inbound', 'assign', 'unassign', 'tag', 'trash', 'restore', 'archive')
const anyEvent = fc
  .tuple(fc.nat(5), anyType, anyChange, anyTarget)
  .map(([second, type, change, target]) => at(second, type, change, target))
const anyEvents = fc
  .array(anyEvent, { minLength: 1, maxLength: 9 })
  .map((list) => list.map((event, index) => ({ ...event, event_id: `evt_${index}` })))

test('events of a conversation that comes, goes and comes back make the same topics in any order, doubled and cut off', () => {
  fc.assert(
    fc.property(anyEvents, fc.nat(), (list, seed) => {
      const random = randomOf(seed)
      const shuffled = [...list, ...list.slice(0, 4)].toSorted(() => random() - 0.5)
      const tables = fold(...list)
      const seen = shuffled.flatMap(observationsOfEvent)
      expect(textOf(foldRandomly(seen, { random, crashes: 0.3 }))).toBe(textOf(tables))
      for (const id of holding(tables)) {
        const { from_id = '', to_id = '' } = tables.relationships.get(`default/${id}`) ?? {}
        expect([tables.nodes.has(`default/${from_id}`), tables.nodes.has(`default/${to_id}`)]).toEqual([true, true])
      }
    }),
    { numRuns: Number(process.env.RUNS ?? 60) },
  )
})

describe('a snapshot', () => {
  test('says the same, by the same ids, as the events that led to it', () => {
    const both = [...observationsIn(extractedFrom(snapshot, 0)), ...observationsOfEvent(at(1, 'inbound', {}, message))]
    const tables = foldRandomly(both, { random: randomOf(3) })
    expect(holding(tables).toSorted()).toEqual([
      `conversation:default:cnv_1>assigned_to>${personByEmail('ann@acme.example')}`,
      'conversation:default:cnv_1>has_custom_field>custom_field_value:default:cnv_1:name:Tier',
      'conversation:default:cnv_1>has_status',
      `conversation:default:cnv_1>linked_to>${urlId('https://tickets.example/7')}`,
      'message:default:com_1>mentions>task:default:86d3f01jq',
      'message:default:com_1>part_of>conversation:default:cnv_1',
      `message:default:com_1>sent_by>${personByEmail('ann@acme.example')}`,
      `message:default:msg_1>mentions>${addressId('bo@other.example')}`,
      'message:default:msg_1>part_of>conversation:default:cnv_1',
      `message:default:msg_1>sent_by>${personByEmail('bo@other.example')}`,
      `${personByEmail('ann@acme.example')}>has_email>${addressId('ann@acme.example')}`,
      `${personByEmail('bo@other.example')}>has_email>${addressId('bo@other.example')}`,
    ])
  })

  test('that is written again is the same one', () => {
    const [first] = extractedFrom(snapshot, 0)
    const [again] = extractedFrom({ ...snapshot, is_first: false, caused_by: ['evt_2'] }, 9)
    expect(again).toEqual(first)
  })

  test('of which not all is known ends nothing', () => {
    const partial: ConversationSnapshot = {
      ...snapshot,
      completeness: 'partial',
      assignee: null,
      messages: [],
      comments: [],
    }
    const both = [...observationsOfEvent(at(1, 'inbound', {}, message)), ...observationsIn(extractedFrom(partial, 0))]
    const tables = foldRandomly(both, { random: randomOf(3) })
    expect(holding(tables)).toContain('conversation:default:cnv_1>tagged>tag:default:front:tag_1')
    expect(holding(tables)).toContain(`conversation:default:cnv_1>assigned_to>${personByEmail('ann@acme.example')}`)
  })

  test.each(['deleted', 'gone'] as const)('of a conversation that is %s ends it', (state) => {
    const end: ConversationSnapshot = { ...snapshot, state, as_of: BEGUN + 9_000 }
    const all = [snapshot, end].flatMap((each) => observationsIn(extractedFrom(each, 0)))
    const tables = foldRandomly(all, { random: randomOf(4), crashes: 0.2 })
    expect(textOf({ nodes: tables.nodes, relationships: new Map() })).toBe('')
  })

  test('is read by an extractor with a version of its own', () => {
    expect(snapshotExtractor).toMatchObject({ name: 'conversation-snapshot', version: 1 })
    expect(extractedFrom(snapshot, 0).at(-1)?.topic.name).toBe(topics.extractions.name)
  })
})

function observationsOfEvent(event: WebhookEvent) {
  const extractor = extractorFor(event)
  return extractor === undefined ? [] : observationsIn(extractEvent(event, extractor, 0).outputs)
}

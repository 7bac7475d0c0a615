import { expect, test } from 'vitest'
import { extractorFor } from '../src/extractors.ts'
import { phoneOf } from '../src/person-identity.ts'
import { normalUrl } from '../src/text/read-links.ts'
import { graphOf as graphOfTask, nodesOf } from './support/task.ts'

const WRITTEN = Date.parse('2026-11-16T09:30:00Z')
const LATER = Date.parse('2026-11-20T09:30:00Z')

function datesOfMessage(at: number, message: object): unknown[] {
  const type = 'conversation.tagged'
  const body = {
    id: 'evt_1',
    type: 'tag',
    emitted_at: at / 1_000,
    conversation: { id: 'cnv_1', last_message: { id: 'msg_1', text: 'Please call tomorrow.', ...message } },
  }
  const extraction = extractorFor({ type, reply_to: null })?.extract(body, { type, account: 'a', clientId: null, at })
  if (extraction?.ok !== true) throw new Error('no graph')
  return nodesOf(extraction.graph, 'date').map(({ properties }) => properties.date)
}

test('tomorrow is counted from when the message was written, whichever event carries it', () => {
  const message = { created_at: WRITTEN / 1_000 }
  expect(datesOfMessage(WRITTEN, message)).toEqual(['2026-11-17'])
  expect(datesOfMessage(LATER, message)).toEqual(['2026-11-17'])
})

test('of a message without a time it is counted from the event', () => {
  expect(datesOfMessage(LATER, {})).toEqual(['2026-11-21'])
})

test('in a task it is counted from when the task was created', () => {
  const task = { description: 'due tomorrow', date_created: String(WRITTEN) }
  const dates = nodesOf(graphOfTask(task, { at: LATER }), 'date').map(({ properties }) => properties.date)
  expect(dates).toEqual(['2026-11-17'])
})

test('a number and a URL are one, whether a text mentions them or a field holds them', () => {
  const graph = graphOfTask({ name: 'Call +44 (0)20 7946 0018, see https://ACME.example:443/' })
  expect(nodesOf(graph, 'phone').map(({ properties }) => properties.number)).toEqual([phoneOf('+44 (0)20 7946 0018')])
  expect(nodesOf(graph, 'url').map(({ properties }) => properties.url)).toEqual([normalUrl('https://acme.example')])
})

test('a task that a text names by its own number bears that number as its label', () => {
  const graph = graphOfTask({ description: 'blocked by PROJ-12 and task #86d3f01jq, see cnv_1ab2c3' })
  const labels = graph.nodes.filter(({ properties }) => properties.name === undefined).map(({ label }) => label)
  expect(labels).toEqual(expect.arrayContaining(['PROJ-12', '86d3f01jq', 'cnv_1ab2c3']))
})

test('every node that a text names has a label', () => {
  const description =
    'Call +44 20 7946 0018 or mail a@acme.co.uk by 5 December 2026: EUR 12.50 to Acme Ltd, https://acme.example/x, blocked by PROJ-12.'
  const { nodes, relationships } = graphOfTask({ description })
  const mentioned = new Set(relationships.filter(({ type }) => type === 'mentions').map(({ to_id }) => to_id))
  expect(mentioned.size).toBeGreaterThanOrEqual(8)
  expect(nodes.filter(({ id, label }) => mentioned.has(id) && label === '')).toEqual([])
})

test('a text that mentions more than is read of one is named as unread', () => {
  const addresses = Array.from({ length: 300 }, (_, n) => `p${n}@gmail.com`).join(' ')
  const graph = graphOfTask({ description: addresses })
  expect(nodesOf(graph, 'email_address')).toHaveLength(200)
  expect(graph.unread).toEqual(['/task/description'])
})

test.each([
  ['+44 20 7946 0018', '+442079460018'],
  ['020 7946 0018', null],
  ['bo@other.example', null],
  ['bo+44@other.example', null],
])('of %s the number is %s', (text, number) => {
  expect(phoneOf(text)).toBe(number)
})

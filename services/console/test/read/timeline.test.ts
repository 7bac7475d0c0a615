import { expect, test } from 'vitest'
import type { EventDetail } from '../../src/read/read-event.ts'
import { timeline as schema } from '../../src/read/schemas/index.ts'
import { type TimelineFacts, timelineOf } from '../../src/read/timeline.ts'

const T = 1_000_000

const event: EventDetail = {
  event_id: 'evt_1',
  type: 'message.received',
  status: 'processed',
  priority: 'high',
  origin: 'webhook',
  provider: 'front',
  source: 'front',
  account: 'default',
  webhook_id: 'w',
  conversation_id: 'cnv_1',
  contact_id: null,
  client_id: null,
  occurred_at: T - 100,
  received_at: T,
  processed_at: T + 400,
  error_message: null,
  run_count: 0,
  identity: 'provider',
  provider_type: 'inbound',
  completeness: 'full',
  content_type: 'application/json',
  payload_bytes: 2,
  received_position: 'webhooks.received.v1-0-1',
  event_position: 'webhooks.events.v1-0-1',
  hops: { received: T, deduped: T + 20, snapshot: T + 300, graph: T + 250, first_attempt: T + 60, delivered: T + 150 },
  runs: [],
  delivery_count: 1,
  dead_letter_count: 0,
}

const attempt = {
  attempt: 1,
  run_id: null,
  started_at: T + 60,
  duration_ms: 40,
  outcome: 'retrying',
  status_code: 503,
  error_code: 'MR_DELIVERY_STATUS',
  plan: 'again in 4 s',
  next_attempt_at: T + 4_060,
  phase: 'answered',
  address: '203.0.113.9',
  is_reused: false,
  dns_us: 1_000,
  connect_us: 2_000,
  tls_us: null,
  first_byte_us: 30_000,
  bytes_sent: 1,
  bytes_received: 1,
  retry_after_ms: null,
  answer: null,
}

const delivery = {
  delivery_id: 'msg_1',
  endpoint_id: 'ep_1',
  event_id: 'evt_1',
  event_type: 'message.received',
  conversation_id: 'cnv_1',
  state: 'succeeded',
  waiting_for: null,
  requested_at: T + 50,
  due_at: null,
  ended_at: T + 4_100,
  attempts: 2,
  last_status_code: 200,
  last_error_code: null,
  run_id: null,
} as const

const second = {
  ...attempt,
  attempt: 2,
  started_at: T + 4_060,
  outcome: 'succeeded',
  status_code: 200,
  error_code: null,
}
const facts: TimelineFacts = {
  event,
  deliveries: [{ ...delivery, url: 'https://hooks.example.org/in?key=1', tries: [attempt, second] }],
  deadLetters: [],
}
const kinds = (of: TimelineFacts) => timelineOf(of).spans.map(({ kind, state }) => `${kind} ${state}`)

test('an event that went through has every hop, then its deliveries with their tries, and an end', () => {
  const line = timelineOf(facts)
  expect(schema.parse(line)).toEqual(line)
  expect(kinds(facts)).toEqual([
    'received done',
    'deduped done',
    'snapshot done',
    'graph done',
    'delivery done',
    'attempt failed',
    'attempt done',
  ])
  expect(line.spans[4]?.label).toBe('message.received to hooks.example.org/in')
  expect(line).toMatchObject({ started_at: T, ended_at: T + 4_100, is_truncated: false })
  expect(line.spans[5]).toMatchObject({
    parent_id: line.spans[4]?.id,
    steps: [{ name: 'dns' }, { name: 'connect' }, { name: 'first-byte' }],
  })
})

test('while something waits there is no end, and what waits says for what', () => {
  const hops = { ...event.hops, snapshot: null, graph: null }
  const waiting = {
    ...delivery,
    state: 'waiting',
    waiting_for: 'breaker',
    ended_at: null,
    due_at: T + 9_000,
    url: null,
    tries: [attempt],
  } as const
  const line = timelineOf({ ...facts, event: { ...event, status: 'pending', hops }, deliveries: [waiting] })
  expect(line.ended_at).toBeNull()
  expect(line.spans.filter(({ state }) => state === 'waiting').map(({ kind }) => kind)).toEqual([
    'snapshot',
    'graph',
    'delivery',
  ])
  expect(line.spans.find(({ kind }) => kind === 'delivery')?.detail).toMatch(
    /^waits for breaker; due 1970-01-01T00:16:49/,
  )
})

test('an event without a conversation does not wait for a snapshot', () => {
  const alone = { ...event, status: 'pending' as const, conversation_id: null, hops: { ...event.hops, snapshot: null } }
  expect(timelineOf({ ...facts, event: alone }).spans.find(({ kind }) => kind === 'snapshot')).toMatchObject({
    state: 'none',
    started_at: null,
  })
})

test('what died and what was replayed stand in order of time, each run with its own delivery', () => {
  const run = {
    run_id: 'run_1',
    kind: 'replay',
    replay_id: 'rpl_1',
    target_kind: 'endpoint',
    target: 'ep_1',
    keeps_ids: true,
    requested_by: 'ann',
    replayed_at: T + 9_000,
  } as const
  const letter = {
    position: 'x.dlq.g-0-1',
    topic: 'x.dlq.g',
    group: 'g',
    source_position: 'x-0-1',
    at: T + 80,
    key: null,
    event_id: 'evt_1',
    delivery_id: null,
    error_code: 'MR_X',
    error_message: 'broke',
    stack: '',
    value_bytes: 1,
    redriven_at: null,
  }
  const again = { ...delivery, run_id: 'run_1', requested_at: T + 9_050, ended_at: T + 9_200, url: null, tries: [] }
  const line = timelineOf({
    event: { ...event, runs: [run] },
    deliveries: [...facts.deliveries, again],
    deadLetters: [letter],
  })
  expect(line.spans.slice(4).map(({ kind, run_id }) => [kind, run_id])).toEqual([
    ['delivery', null],
    ['attempt', null],
    ['attempt', null],
    ['dead-letter', null],
    ['replay', 'run_1'],
    ['delivery', 'run_1'],
  ])
  expect(new Set(line.spans.map(({ id }) => id)).size).toBe(line.spans.length)
})

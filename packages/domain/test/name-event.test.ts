import { expect, test } from 'vitest'
import {
  dedupIdentity,
  describePayload,
  eventIdOf,
  identityValueOf,
  nameEvent,
  readBatch,
  recordKey,
  replyKey,
  replyKeyOfEvent,
} from '../src/index.ts'
import { fixture, fixtureJson, vectors } from './fixtures.ts'

interface FixtureCase {
  file: string
  provider: string
  kind: string
  eventId: string
  key: string
}

interface IdentityCase {
  promise: string
  provider: string
  body: string
  headers: Record<string, string>
  rule?: { eventIdField: string }
  batchIndex: number
  firstReceivedAt: number
  kind: string
  value: string
  windowMs: number
  eventId: string
  identity: string
}

function name(provider: string, bytes: Buffer, rest: Partial<Parameters<typeof nameEvent>[0]> = {}) {
  const [item] = readBatch(bytes).items
  const description = describePayload(provider, item?.json)
  return { description, identity: nameEvent({ provider, description, headers: {}, bytes, batchIndex: 0, ...rest }) }
}

test.each(vectors<FixtureCase[]>('fixtures'))('names $file', ({ file, provider, kind, eventId, key }) => {
  const { description, identity } = name(provider, fixture(file))
  expect(identity.kind).toBe(kind)
  expect(eventIdOf(identity, 1700000000000)).toBe(eventId)
  expect(recordKey('default', description, identity.value)).toBe(key)
})

test.each(vectors<{ cases: IdentityCase[] }>('identities').cases)('$promise', (vector) => {
  const { identity } = name(vector.provider, Buffer.from(vector.body), vector)
  expect(identity).toEqual({ kind: vector.kind, value: vector.value, windowMs: vector.windowMs })
  expect(eventIdOf(identity, vector.firstReceivedAt)).toBe(vector.eventId)
  expect(dedupIdentity('acme', 'front-eu', vector.provider, identity)).toBe(vector.identity)
})

test('an app webhook, a rule webhook, a preview and a polled copy of one Front event are one event of one type and key', () => {
  const app = fixtureJson('front/app-webhook.inbound_received.json')
  const polled = app.payload as Record<string, unknown>
  const preview = {
    id: polled.id,
    type: 'inbound',
    emitted_at: polled.emitted_at,
    conversation: { id: 'cnv_1042nr10', _links: {} },
    target: { _meta: { type: 'message' }, id: 'msg_1sagx9sk' },
  }
  const seen = [
    app,
    polled,
    { ...polled, _links: { self: 'https://api2.frontapp.com/events/evt_3s78kxhw' } },
    preview,
  ].map((json, batchIndex) => {
    const { description, identity } = name('front', Buffer.from(JSON.stringify(json)), { batchIndex })
    const { type, occurredAt } = description
    return {
      identity: dedupIdentity('t', 'a', 'front', identity),
      key: recordKey('t', description, identity.value),
      type,
      occurredAt,
    }
  })
  expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1)
  expect(seen[0]).toEqual({
    identity: 't/a/front/evt_3s78kxhw',
    key: 't/cnv_1042nr10',
    type: 'message.received',
    occurredAt: 1694046470930,
  })
})

test('owners whose names contain the separator never share an identity', () => {
  const identity = { value: 'x/y' }
  expect(dedupIdentity('a/b', 'c', 'p', identity)).not.toBe(dedupIdentity('a', 'b/c', 'p', identity))
})

test('a key longer than 200 characters is hashed, so that ids stay bounded and apart', () => {
  const withKey = (key: string) =>
    name('make', Buffer.from('{}'), { headers: { 'idempotency-key': key } }).identity.value
  expect(withKey(`${'k'.repeat(300)}1`)).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(withKey(`${'k'.repeat(300)}1`)).not.toBe(withKey(`${'k'.repeat(300)}2`))
})

test('an empty or unreadable key names nothing', () => {
  for (const key of ['', '  ', 'a\nb']) {
    expect(name('make', Buffer.from('{}'), { headers: { 'idempotency-key': key } }).identity.kind).toBe('content-hash')
  }
})

test('a field rule cannot reach an inherited property', () => {
  for (const eventIdField of ['constructor.name', '__proto__', 'toString', 'length']) {
    expect(name('make', Buffer.from('{"a":1}'), { rule: { eventIdField } }).identity.kind).toBe('content-hash')
  }
})

test('gateway and knowledge-graph find the same reply key', () => {
  const owner = { tenant: 'acme', account: 'acme', provider: 'make' }
  for (const headers of [{}, { 'idempotency-key': 'run-7' }]) {
    const { identity } = name('make', fixture('make/get_client_knowledge_graph.request.json'), { headers })
    const event = { ...owner, identity: identity.kind, event_id: eventIdOf(identity, 1700000000000) }
    expect(identityValueOf(event)).toBe(identity.value)
    expect(replyKeyOfEvent(event)).toBe(replyKey(owner, identity))
  }
})

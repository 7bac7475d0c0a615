import { randomUUID } from 'node:crypto'
import { topics } from '@millrace/schemas'
import { newSecret } from '@millrace/signing'
import { freshSamples, type Sample, startReceiver, waitFor } from '@millrace/test-support'
import { describe, expect, test } from 'vitest'
import { addReceiver } from '../support/receivers.ts'
import type { TestSystem, UseSystem } from '../support/test-system.ts'

/** What a customer is promised, and how much a plan may differ from it (time to note the end of a try), in milliseconds. */
const RETRY_DELAYS_MS = [4_000, 8_000]
const TOLERANCE_MS = 500
/** How much later a slow, busy machine may be. */
const LATE_MS = 10_000

export function conversations(use: UseSystem): void {
  describe.concurrent('an event of a conversation', () => {
    test('is followed at once by a snapshot of what it carries, without a call of the Front API', async () => {
      const system = use()
      const sample = inbound()
      const id = sample.conversationId ?? ''
      await system.postFront(sample.body, 'app')

      const [snapshot] = await system.topics.wait(topics.snapshots, ({ value }) => value.conversation_id === id)
      expect(snapshot?.value).toMatchObject({
        tenant: 'default',
        state: 'live',
        completeness: 'full',
        is_first: true,
        caused_by: [sample.eventId],
        pending: [],
        subject: 'Package update?',
        status: 'unassigned',
        recipient: { handle: 'sabrina@fictionalcustomer.com' },
      })
      expect(snapshot?.value.messages.map(({ text }) => text)).toEqual([
        'Hi,\n\nI placed an order last week with Brandon. When will it be delivered?',
      ])
      expect(system.front.calls(id)).toEqual([])
    })

    test('that is a preview is completed by the Front API, also when that fails at first, and the log says why it is late', async () => {
      const system = use()
      const sample = inbound()
      const isMine = (value: { caused_by: string[] }) => value.caused_by.includes(sample.eventId ?? '')
      // Front lists another event of the conversation, so that this one is found by reading the whole.
      const other = sample.body.toString().replaceAll(sample.eventId ?? '', `${sample.eventId}0`)
      system.front.learn(JSON.parse(other))
      const path = `/conversations/${sample.conversationId}`
      system.front.fail(
        { path, status: 500, count: 1 },
        { path, how: 'reset', count: 1 },
        { path, status: 429, count: 1 },
      )
      await system.postFront(previewOf(sample), 'app')
      const [snapshot] = await system.topics.wait(topics.snapshots, ({ value }) => isMine(value))
      expect(snapshot?.value).toMatchObject({
        subject: 'Package update?',
        messages: [{ is_inbound: true }],
        pending: [],
      })
      const statuses = system.front.calls(path).map(({ status }) => status)
      expect(statuses).toEqual(expect.arrayContaining([500, 429, 200]))
      const [wish] = await system.topics.wait(topics.refreshes, ({ value }) => value.kind === 'wish' && isMine(value))
      const { log } = system.service('conversation-refresh')
      const told = await waitFor(() => log.find((line) => line.includes(`"${wish?.position}"`)), {
        what: 'the line that tells of it',
      })
      expect(told).toContain('will be tried again')
    })

    test('reaches an endpoint added by the command as a signed message of the contract', async () => {
      const system = use()
      const sample = inbound()
      const { receiver } = await addReceiver(system, {
        types: 'message.received,comment.added',
        conversationId: sample.conversationId ?? '',
      })
      const { headers } = await system.postFront(sample.body, 'app')
      const [delivery] = await system.topics.wait(topics.requested, ({ value }) => value.event_id === sample.eventId)
      await arrived(system, sample, 1)

      const [request, ...more] = receiver.tries(delivery?.value.delivery_id ?? '')
      expect(more).toEqual([])
      expect(request).toMatchObject({ verdict: 'ok', headers: { 'content-type': 'application/json' } })
      expect(delivery?.headers['x-webhook-id']).toBe(headers.get('x-webhook-id'))
      expect(JSON.parse(request?.body.toString() ?? '')).toEqual(messageOf(sample))
      await receiver.close()
    })

    test('goes to the callback_url of its conversation config and of no less specific one: RECEIVED, then PROCESSED', async () => {
      const system = use()
      const sample = inbound()
      const [receiver, other] = await Promise.all([1, 2].map(() => startReceiver({ secret: newSecret() })))
      if (receiver === undefined || other === undefined) throw new Error('no receivers')
      const set = async (url: string, ...options: string[]) =>
        JSON.parse(await system.millrace('configs', 'set', url, '--workflow', 'wf_1', '--json', ...options))
      const conversation = ['--conversation', sample.conversationId ?? '']
      const fallback = await set(other.url, ...conversation)
      const config = await set(receiver.url, ...conversation, '--channel', 'API')
      receiver.setSecrets([config.secret])
      other.setSecrets([fallback.secret])
      // Once the service knows this one, it knows the one before it.
      await system.millrace('endpoints', 'test', config.endpoint_id)
      await system.postFront(sample.body, 'app')
      const messages = () =>
        receiver.requests().flatMap(({ verdict, body }) => {
          const { data } = JSON.parse(body.toString())
          return data.status === undefined ? [] : [{ verdict, ...data }]
        })
      await waitFor(() => messages().length >= 2, { what: 'RECEIVED and PROCESSED' })
      const [received, processed, ...more] = messages()
      expect(more).toEqual([])
      expect(received).toMatchObject({ verdict: 'ok', status: 'RECEIVED', metadata: { workflow_id: 'wf_1' } })
      expect(processed).toMatchObject({
        verdict: 'ok',
        status: 'PROCESSED',
        id: received.id,
        content: received.content,
        created_by: received.created_by,
        created_at: received.created_at,
        metadata: { preview: false },
      })
      const told = other.requests().filter(({ body }) => body.includes(received.id))
      expect(told).toEqual([])
      await Promise.all([receiver.close(), other.close()])
    })

    test('answered 500, 500 and 200 is tried exactly three times, 4 s and 8 s apart, under one webhook-id', async () => {
      const system = use()
      const sample = inbound()
      const { receiver } = await addReceiver(system, {
        types: 'message.received,comment.added',
        conversationId: sample.conversationId ?? '',
      })
      receiver.failWith([500, 500, 200])
      await system.postFront(sample.body, 'app')
      const attempts = await arrived(system, sample, 3)

      const tries = receiver.requests()
      expect(tries.map(({ status, verdict }) => ({ status, verdict }))).toEqual(
        [500, 500, 200].map((status) => ({ status, verdict: 'ok' })),
      )
      expect(new Set(tries.map(({ id }) => id)).size).toBe(1)
      expect(new Set(tries.map(({ body }) => body.toString())).size).toBe(1)
      expect(new Set(tries.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3)
      const gaps = tries.slice(1).map(({ at }, place) => at - (tries[place]?.at ?? 0))
      for (const [place, delay] of RETRY_DELAYS_MS.entries()) {
        expect(gaps[place]).toBeGreaterThanOrEqual(delay)
        const { started_at = 0, duration_ms = 0, next_attempt_at } = attempts[place]?.value ?? {}
        expect(Math.abs(Number(next_attempt_at) - started_at - duration_ms - delay)).toBeLessThan(TOLERANCE_MS)
        expect(Number(attempts[place + 1]?.value.started_at) - Number(next_attempt_at)).toBeLessThan(LATE_MS)
      }
      expect(attempts.map(({ value }) => [value.attempt, value.outcome, value.status_code])).toEqual([
        [1, 'retrying', 500],
        [2, 'retrying', 500],
        [3, 'succeeded', 200],
      ])
      await receiver.close()
    })

    test('that is a preview carries its webhook_id and its trace to the wish to read it and to what was read', async () => {
      const system = use()
      const sample = inbound()
      system.front.learn(JSON.parse(sample.body.toString()))
      const answer = await system.postFront(previewOf(sample), 'app')
      await system.topics.wait(topics.snapshots, ({ value }) => value.caused_by.includes(sample.eventId ?? ''))
      const { received, events, refreshes, snapshots } = topics
      await expectTraced(system, answer.headers.get('x-webhook-id') ?? '', { received, events, refreshes, snapshots })
    })

    test('carries its webhook_id and its trace to every topic on its way', async () => {
      const system = use()
      const sample = inbound()
      const id = sample.conversationId ?? ''
      const { receiver } = await addReceiver(system, { types: 'message.received,comment.added', conversationId: id })
      receiver.failWith([500])
      const answer = await system.postFront(sample.body, 'app')
      const webhookId = answer.headers.get('x-webhook-id') ?? ''
      await arrived(system, sample, 2)
      await system.topics.wait(topics.snapshots, ({ value }) => value.caused_by.includes(sample.eventId ?? ''))

      const { received, events, snapshots, requested, retry4s, attempts } = topics
      await expectTraced(system, webhookId, { received, events, snapshots, requested, retry4s, attempts })
      const ofRequest = () =>
        system.service('gateway').log.filter((line) => line.includes(webhookId) && line.includes('"message":"request"'))
      await waitFor(() => ofRequest().length > 0, { what: 'the line of the request' })
      expect(ofRequest()).toHaveLength(1)
      await receiver.close()
    })

    test('that Make waits for carries its webhook_id and its trace through the knowledge topics too', async () => {
      const system = use()
      const body = {
        client_id: randomUUID(),
        action_id: 'get_client_data',
        task: { id: randomUUID(), name: 'Follow me', status: { status: 'open' } },
      }
      const answer = await system.postMake(Buffer.from(JSON.stringify(body)))
      const taskId = `task:default:${body.task.id}`
      await system.topics.wait(topics.nodes, ({ value }) => value.id === taskId)
      await system.topics.wait(topics.relationships, ({ value }) => value.from_id === taskId, { count: 2 })
      await system.topics.wait(topics.observations, ({ value }) => value.id === taskId)
      await system.topics.wait(topics.extractions, ({ value }) => value.client_id === body.client_id)

      const { received, events, observations, nodes, relationships, extractions } = topics
      const webhookId = answer.headers.get('x-webhook-id') ?? ''
      await expectTraced(system, webhookId, { received, events, observations, nodes, relationships, extractions })
    })
  })
}

/** The sample of an application webhook as a new event of a new conversation. */
function inbound(): Sample {
  const sample = freshSamples().find(({ scheme }) => scheme === 'app')
  if (sample === undefined) throw new Error('there is no sample of an application webhook')
  return sample
}

/** The tries of a sample's event, once it has been delivered. */
function arrived(system: TestSystem, sample: Sample, tries: number) {
  const isMine = ({ value }: { value: { event_id: string } }) => value.event_id === sample.eventId
  return system.topics.wait(topics.attempts, isMine, { count: tries })
}

/** The sample as a preview names it: conversation, source and target by id alone. */
function previewOf({ body }: Sample): Buffer {
  const { payload, ...envelope } = JSON.parse(body.toString())
  const { conversation, target, ...event } = payload
  const named = { _meta: target._meta, id: target.data.id, _links: target.data._links }
  const preview = { ...event, conversation: { id: conversation.id, _links: conversation._links }, target: named }
  return Buffer.from(JSON.stringify({ ...envelope, payload: preview }))
}

type AnyTopic = (typeof topics)[keyof typeof topics]

/** In each topic there is a record with this webhook_id, and all such records are of one trace. */
async function expectTraced(
  system: TestSystem,
  webhookId: string,
  on: Readonly<Record<string, AnyTopic>>,
): Promise<void> {
  const [first] = await system.topics.wait(topics.received, ({ value }) => value.webhook_id === webhookId)
  const traceId = traceOf(first?.headers.traceparent)
  expect(traceId).toMatch(/^[0-9a-f]{32}$/)
  const found = await Promise.all(
    Object.entries(on).map(async ([name, topic]) => {
      const entries = await system.topics.all<unknown>(topic as never)
      const mine = entries.filter(({ headers }) => headers['x-webhook-id'] === webhookId)
      return [name, [...new Set(mine.map(({ headers }) => traceOf(headers.traceparent)))]]
    }),
  )
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(Object.keys(on).map((name) => [name, [traceId]])))
}

function traceOf(traceparent: string | undefined): string | undefined {
  return traceparent?.split('-')[1]
}

const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)

/** The message contract, version 1, written out for the sample. */
function messageOf({ body, conversationId, eventId }: Sample): object {
  const { payload } = JSON.parse(body.toString())
  const sentAt = new Date(payload.conversation.last_message.created_at * 1000).toISOString()
  return {
    conversation_id: uuid,
    data: {
      id: uuid,
      content: 'Hi,\n\nI placed an order last week with Brandon. When will it be delivered?',
      content_type: 'TEXT',
      type: 'USER_INPUT',
      channel: 'API',
      status: 'RECEIVED',
      metadata: expect.objectContaining({
        event_id: eventId,
        front_conversation_id: conversationId,
        front_event_id: eventId,
        front_type: 'email',
        subject: 'Package update?',
        preview: false,
      }),
      created_by: 'sabrina@fictionalcustomer.com',
      updated_by: 'sabrina@fictionalcustomer.com',
      created_at: sentAt,
      updated_at: sentAt,
    },
    timestamp: new Date(payload.emitted_at * 1000).toISOString(),
  }
}

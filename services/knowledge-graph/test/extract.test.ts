import type { InRecord, TransformBatch } from '@millrace/kafka'
import { type KnowledgeExtraction, topics } from '@millrace/schemas'
import { turnsDuring } from '@millrace/test-support'
import type { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { createExtract } from '../src/extract.ts'
import { createExtractSnapshots } from '../src/extract-snapshot.ts'
import { answerLifeMs } from '../src/keep-answers.ts'
import { noLocales } from '../src/locales.ts'
import { eventOf, golden, makeBody, RECEIVED_AT } from './support/events.ts'
import { snapshot } from './support/snapshot.ts'

const DAY = 86_400_000
/** Nobody waits in these tests. */
const noRedis = {
  pipeline: () => ({ length: 0 }),
} as unknown as Redis

function batchOf<V>(...events: (V | null)[]): TransformBatch<V> {
  const records = events.map(
    (value, index): InRecord<V> => ({
      topic: 'events',
      partition: 0,
      offset: BigInt(index),
      id: `events-0-${index}`,
      key: 'default/client-123',
      value,
      headers: new Map(),
      timestamp: 0,
    }),
  )
  return { topic: 'events', partition: 0, records, committed: 0n, signal: new AbortController().signal }
}

const extract = createExtract({ redis: noRedis, now: () => RECEIVED_AT })

test('a task gives an observation of each node and of each other id of a person, and one extraction', async () => {
  const { outputs } = await extract(batchOf(eventOf(makeBody)))
  const counts = Map.groupBy(outputs, (output) => output.topic.name)
  expect([...counts].map(([topic, some]) => [topic, some.length])).toEqual([
    [topics.observations.name, 8],
    [topics.extractions.name, 1],
  ])
  expect(outputs.at(-1)).toMatchObject({
    key: 'default/client-123',
    value: { node_ids: expect.any(Array), reply: null },
  })
})

test('an observation is keyed by its node', async () => {
  const { outputs } = await extract(batchOf(eventOf(makeBody)))
  for (const { topic, key, value } of outputs) {
    if (topic.name === topics.observations.name) expect(key).toBe(`default/${(value as { id: string }).id}`)
  }
})

test('an observation is never later than its receipt', async () => {
  const { outputs } = await extract(batchOf(eventOf(makeBody, { occurred_at: RECEIVED_AT + DAY })))
  expect(outputs[0]?.value).toMatchObject({ observed_at: RECEIVED_AT })
})

test('events without an extractor, and nulls, pass without a trace', async () => {
  const { outputs, deadLetters } = await extract(
    batchOf(eventOf({ type: 'invoice.paid' }, { type: 'stripe.invoice.paid' }), null),
  )
  expect([outputs, deadLetters]).toEqual([[], []])
})

test('a task that cannot be read is an extraction without nodes and with a reason', async () => {
  const { outputs } = await extract(batchOf(eventOf({ client_id: 'acme', task: { name: 'T' } })))
  expect(outputs).toHaveLength(1)
  const extraction = outputs[0]?.value as KnowledgeExtraction
  expect(extraction.node_ids).toEqual([])
  expect(JSON.parse(String(extraction.reply))).toMatchObject({
    status: 'failed',
    client_id: 'acme',
    error: { code: 'MR_KNOWLEDGE_TASK_UNREADABLE', status_code: 422, problems: [{ pointer: '/task/id' }] },
  })
})

test('bytes that are no JSON are an extraction without nodes and with a reason', async () => {
  const { outputs } = await extract(batchOf(eventOf(makeBody, { payload: Buffer.from('{') })))
  const extraction = outputs[0]?.value as KnowledgeExtraction
  expect(JSON.parse(String(extraction.reply))).toMatchObject({
    error: { reason: 'There is no graph of it: the body must be JSON.' },
  })
})

test('a task of far too many fields fails with a reason instead of a record that no topic holds', async () => {
  const custom_fields = Array.from({ length: 2_000 }, (_, index) => ({ id: `f${index}`, name: 'F', value: 0 }))
  const { outputs } = await extract(
    batchOf(eventOf({ client_id: 'acme', task: { id: 't', name: 'T', custom_fields } })),
  )
  expect(outputs).toHaveLength(1)
  const extraction = outputs[0]?.value as KnowledgeExtraction
  expect(JSON.parse(String(extraction.reply))).toMatchObject({
    error: {
      reason:
        'There is no graph of it: /task must be a task of at most 1000 nodes (fields, people, tags) besides mentions; this one has 2002.',
      problems: [{ pointer: '/task' }],
    },
  })
})

test('a description of a megabyte fits the record of its node', async () => {
  const body = { client_id: 'acme', task: { id: 't', name: 'T', description: 'ü'.repeat(700_000) } }
  const { outputs } = await extract(batchOf(eventOf(body)))
  for (const { value } of outputs) expect(JSON.stringify(value).length).toBeLessThan(1_000_000)
})

test('an answer lives as long as a repeat of the event counts as the same', () => {
  const at = RECEIVED_AT + 1_000
  expect(answerLifeMs(eventOf(makeBody), at)).toBe(7 * DAY - 1_000)
  expect(answerLifeMs(eventOf(makeBody, { identity: 'content-hash' }), at)).toBe(3_600_000 - 1_000)
})

test('the golden answer is what the extraction keeps for who asked', async () => {
  const redis = {
    pipeline: () => ({ set: () => undefined, publish: () => undefined, exec: async () => [] }),
  } as unknown as Redis
  const { outputs } = await createExtract({ redis, now: () => RECEIVED_AT })(
    batchOf(eventOf(makeBody, { reply_to: 'channel' })),
  )
  expect(JSON.parse(String((outputs.at(-1) as { value: KnowledgeExtraction }).value.reply))).toEqual(
    golden('make-sample.answer.json'),
  )
})

test('an event on which extraction breaks is a dead letter, its caller is told, and the others go on', async () => {
  const answers: Buffer[] = []
  const pipeline = {
    set: (_: string, answer: Buffer) => answers.push(answer),
    publish: () => undefined,
    exec: async () => [],
  }
  const redis = { pipeline: () => pipeline } as unknown as Redis
  // A time that is no date.
  const broken = eventOf(makeBody, { received_at: 9e15, reply_to: 'channel' })
  const { outputs, deadLetters } = await createExtract({ redis })(batchOf(broken, eventOf(makeBody)))
  expect(deadLetters?.map(({ record }) => record.offset)).toEqual([0n])
  expect(outputs).toHaveLength(9)
  expect(answers.map((answer) => JSON.parse(String(answer)))).toMatchObject([
    { status: 'failed', error: { code: 'MR_KNOWLEDGE_EXTRACTION_FAILED', status_code: 500 } },
  ])
})

test('of a batch of long conversations the event loop, and with it the heartbeat, waits for one at most', async () => {
  const [message] = snapshot.messages
  const text =
    'Please call bo@other.example at +44 20 7946 0018 before 3 May 2027, or see https://acme.example/x. '.repeat(20)
  const messages = Array.from({ length: 20 }, (_, nth) => ({ ...message, id: `msg_${nth}`, text }) as typeof message)
  const long = { ...snapshot, messages: messages.filter((each) => each !== undefined) }
  const batch = batchOf(...Array.from({ length: 20 }, () => long))
  const { turns, result } = await turnsDuring(() => createExtractSnapshots(noLocales)(batch))
  expect(result.outputs.length).toBeGreaterThan(20 * 20)
  expect(turns).toBeGreaterThan(5)
})

test('a batch whose partition went to another is given up in the middle', async () => {
  const lost = { ...batchOf(snapshot), signal: AbortSignal.abort() }
  await expect(createExtractSnapshots(noLocales)(lost)).rejects.toThrow('aborted')
  await expect(extract({ ...batchOf(eventOf(makeBody)), signal: AbortSignal.abort() })).rejects.toThrow('aborted')
})

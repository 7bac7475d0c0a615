import { randomUUID } from 'node:crypto'
import { topicKey } from '@millrace/domain'
import type { Kafka, RunningTransform, TransformOptions } from '@millrace/kafka'
import { type KnowledgeObservation, topics, type WebhookEvent } from '@millrace/schemas'
import { replayOf, waitFor } from '@millrace/test-support'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createEarlyAnswers } from '../src/answer-early.ts'
import { createExtract } from '../src/extract.ts'
import { answerKey } from '../src/keep-answers.ts'
import { eventOf, golden, makeBody } from './support/events.ts'
import { personByEmail } from './support/ids.ts'
import { createInstallation, type Installation, startExtract, startFold } from './support/installation.ts'

const PERSON = `default/${personByEmail('user1@example.com')}`
let here: Installation
let running: { close(deadlineMs?: number): Promise<void> }[] = []

beforeAll(async () => {
  here = await createInstallation()
})

afterEach(() => endAll())

afterAll(() => here.close())

/** A member that is still there has partitions of its own, with which another one's `caughtUp` has nothing to do. */
async function endAll(): Promise<void> {
  await Promise.all(running.map((each) => each.close()))
  running = []
}

function keep<T extends { close(deadlineMs?: number): Promise<void> }>(each: T): T {
  running.push(each)
  return each
}

function fresh(changes: Partial<WebhookEvent> = {}): WebhookEvent {
  return eventOf(makeBody, { event_id: randomUUID(), received_at: Date.now(), occurred_at: Date.now(), ...changes })
}

async function foldAll(): Promise<RunningTransform<KnowledgeObservation>> {
  const extract = keep(startExtract(here))
  await extract.caughtUp()
  const fold = keep(await startFold(here))
  await folded(fold)
  return fold
}

/** Waits until the fold has nothing left to do, also of what its nodes tell each other, which comes after it was asked for. */
async function folded(fold: RunningTransform<KnowledgeObservation>): Promise<void> {
  const told = async () => String([...(await here.kafka.ends(topics.observations))])
  for (let [before, after] = ['', await told()]; before !== after; [before, after] = [after, await told()])
    await fold.caughtUp()
}

/** Hears what is announced on the channel of these tests; each announcement with what is stored under its key at that moment. */
async function listen(): Promise<{ readonly heard: (readonly [key: string, answer: string | null])[]; stop(): void }> {
  const listener = here.redis.duplicate()
  const heard: (readonly [string, string | null])[] = []
  listener.on('message', (_, key: string) => void here.redis.get(key).then((answer) => heard.push([key, answer])))
  await listener.subscribe(`${here.prefix}answers`)
  return { heard, stop: () => listener.disconnect() }
}

test('who waits is told before the commit, of an answer that is there', async () => {
  const event = fresh({ reply_to: `${here.prefix}answers` })
  const { heard, stop } = await listen()
  const gate = Promise.withResolvers<void>()
  const extract = createExtract({ redis: here.redis })
  keep(
    here.kafka.transform({
      group: 'knowledge-extract',
      from: [topics.events],
      apply: async (batch) => {
        const result = await extract(batch)
        await gate.promise
        return result
      },
    }),
  )
  await here.send(event)

  await waitFor(() => heard.length > 0, { what: 'the announcement' })
  expect(await here.read(topics.extractions)).toEqual([])
  gate.resolve()
  const graph = golden('make-sample.answer.json') as { result: { knowledge_graph: { knowledge_nodes: unknown } } }
  const { knowledge_nodes } = graph.result.knowledge_graph
  // A batch that has to be made once more tells it once more.
  expect(new Set(heard.map(([key]) => key))).toEqual(new Set([answerKey(event)]))
  expect(JSON.parse(heard[0]?.[1] ?? 'null')).toMatchObject({
    status: 'processed',
    result: { knowledge_graph: { knowledge_nodes } },
  })
  expect(await here.redis.pttl(answerKey(event))).toBeGreaterThan(6.9 * 86_400_000)
  stop()
})

test('an answer does not wait for the transactions before its own, and is told once', async () => {
  const events = [fresh({ reply_to: `${here.prefix}answers` }), fresh({ reply_to: `${here.prefix}answers` })]
  const { heard, stop } = await listen()
  const gate = Promise.withResolvers<void>()
  const early = createEarlyAnswers({ redis: here.redis })
  const extract = createExtract({ redis: here.redis, early })
  const transform = keep(
    here.kafka.transform({
      group: 'knowledge-extract',
      from: [topics.events],
      maxBatch: 1,
      onArrival: early.onArrival,
      apply: async (batch) => {
        await gate.promise
        return extract(batch)
      },
    }),
  )
  await here.send(...events)
  await waitFor(() => heard.length >= events.length, { what: 'both announcements' })
  const given = await Promise.all(events.map((event) => here.redis.get(answerKey(event))))
  gate.resolve()
  await transform.caughtUp()
  expect(await Promise.all(events.map((event) => here.redis.get(answerKey(event))))).toEqual(given)
  expect(heard).toHaveLength(events.length)
  stop()
})

test('a caller whose body holds no task is told what is wrong', async () => {
  const event = fresh({
    type: 'make.get_client_data',
    reply_to: 'x',
    payload: Buffer.from('{"client_id":"acme","task":"T"}'),
  })
  const extract = keep(startExtract(here))
  await here.send(event)
  await extract.caughtUp()
  expect(JSON.parse((await here.redis.get(answerKey(event))) ?? 'null')).toMatchObject({
    webhook_id: event.webhook_id,
    status: 'failed',
    error: { code: 'MR_KNOWLEDGE_TASK_UNREADABLE', problems: [{ pointer: '/task', rule: 'a JSON object' }] },
  })
})

test('a task becomes nodes and relationships', async () => {
  await here.send(fresh())
  await foldAll()
  expect([...(await here.table(topics.nodes)).keys()]).toEqual(
    expect.arrayContaining([PERSON, 'default/task:default:task_123', 'default/status:default:in%20progress']),
  )
  const relationships = await here.table(topics.relationships)
  expect(relationships.get('default/task:default:task_123>has_status')).toMatchObject({
    to_id: 'status:default:in%20progress',
    properties_json: '{"color":"#ff6b6b"}',
    valid_to: null,
  })
})

test('observations that come again write nothing', async () => {
  await here.send(fresh())
  const fold = await foldAll()
  const before = [await here.read(topics.nodes), await here.read(topics.relationships)]
  for (const { key, value } of await here.read(topics.observations)) {
    await here.kafka.send(topics.observations, key ?? '', value)
  }
  await folded(fold)
  expect([await here.read(topics.nodes), await here.read(topics.relationships)]).toEqual(before)
})

test('an owner that dies between state and commit leaves nothing out and nothing twice', async () => {
  await foldAll()
  await endAll()
  const nodesBefore = (await here.read(topics.nodes)).filter(({ value }) => value !== null).length
  const event = fresh({ client_id: 'torn' })
  await here.send(event)
  const extract = keep(startExtract(here))
  await extract.caughtUp()

  // The first owner writes its state and never comes to its commit.
  let hasWritten = false
  const dying = dyingAfterState(here.connect(), () => {
    hasWritten = true
  })
  const first = await startFold({ kafka: dying, redis: here.redis })
  await waitFor(() => hasWritten, { what: 'the state to be written' })
  await first.close(0)

  const fold = keep(await startFold(here))
  // Not by what this one has been given alone: the first one may be slow to leave.
  await here.handled('knowledge-fold', topics.observations)
  await folded(fold)
  // A null may be written again: it is not known what was.
  const written = (await here.read(topics.nodes)).filter(({ value }) => value !== null)
  const torn = written.filter(({ value }) => value?.provenance[0]?.event_id === event.event_id)
  expect(torn.map(({ key }) => key).toSorted()).toEqual([...new Set(torn.map(({ key }) => key))].toSorted())
  expect(torn).toHaveLength(7)
  expect(written.length - nodesBefore).toBe(7)
})

/** A client whose transforms come to the end of `apply`, and never to their commit. */
function dyingAfterState(kafka: Kafka, hasWritten: () => void): Kafka {
  const transform = <V>(options: TransformOptions<V>) =>
    kafka.transform<V>({
      ...options,
      apply: async (batch) => {
        await options.apply(batch)
        hasWritten()
        return new Promise(() => {})
      },
    })
  return { ...kafka, transform }
}

test('after Redis was emptied, the graph goes on from what was published', async () => {
  const [old, young] = [fresh({ client_id: 'old-client' }), fresh({ client_id: 'young-client' })]
  await here.send(old)
  await foldAll()
  const before = await here.table(topics.nodes)

  await here.wipeRedis()
  await here.send(young)
  const node = await waitFor(
    async () => {
      const found = (await here.table(topics.nodes)).get(PERSON)
      return found?.provenance.some(({ event_id }) => event_id === young.event_id) ? found : undefined
    },
    { what: 'the person to be folded again', everyMs: 500 },
  )
  expect(node.client_ids).toEqual(expect.arrayContaining(['old-client', 'young-client']))
  expect(node.first_seen).toBe(before.get(PERSON)?.first_seen)
  expect(node.provenance.map(({ event_id }) => event_id)).toContain(old.event_id)
})

test('a replayed event is extracted once more, and the graph stays as it was; one for another group is passed over', async () => {
  const event = fresh()
  await here.send(event)
  await foldAll()
  const [nodes, extractions] = [await here.table(topics.nodes), await here.read(topics.extractions)]
  const key = topicKey(event.tenant, event.event_id)
  await here.kafka.send(topics.replays, key, replayOf(event, { target: 'conversation-snapshot' }))
  await here.kafka.send(topics.replays, key, replayOf(event))
  await endAll()
  const extract = keep(startExtract(here))
  await extract.caughtUp()
  const again = (await here.read(topics.extractions)).filter(({ value }) => value?.event_id === event.event_id)
  expect(again).toHaveLength(2)
  expect(new Set(again.map(({ value }) => value?.extraction_id)).size).toBe(1)
  expect(await here.read(topics.extractions)).toHaveLength(extractions.length + 1)
  const fold = keep(await startFold(here))
  await folded(fold)
  expect(await here.table(topics.nodes)).toEqual(nodes)
})

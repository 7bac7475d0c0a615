import { randomUUID } from 'node:crypto'
import { allTopics, topics } from '@millrace/schemas'
import {
  FRONT_PATH,
  freshMakeSample,
  generateEvents,
  postInOrder,
  type Receiver,
  type Sample,
  systemServices,
  waitFor,
} from '@millrace/test-support'
import { beforeAll, describe, expect, test } from 'vitest'
import { addReceiver, sendMarkers } from '../support/receivers.ts'
import type { Answer, TestSystem, UseSystem } from '../support/test-system.ts'

const EVENTS = 300
const CONVERSATIONS = 20
const EVENTS_A_SECOND = 50
const MAKE_LANES = 3
const MAKE_REQUESTS_EACH = 4
/** A killed member's partitions are given on after its session (6 s), and its transactions end after at most 10 s. */
const SETTLE_MS = 100_000

const traffic = generateEvents({
  count: EVENTS,
  conversations: CONVERSATIONS,
  duplicateRatio: 0.1,
  seed: Date.now() % 2 ** 31,
})
const sent = new Set(traffic.events.map(({ eventId }) => eventId))
const comments = new Set(traffic.events.filter(({ type }) => type === 'comment.added').map(({ eventId }) => eventId))

interface Asked {
  readonly sample: Sample
  readonly answer: Answer
}

export function kills(use: UseSystem): void {
  describe('when each service is killed by SIGKILL in the middle of traffic', () => {
    let receiver: Receiver
    let asked: Asked[] = []
    let acknowledged = 0

    beforeAll(async () => {
      const system = use()
      receiver = (await addReceiver(system, { types: 'comment.added' })).receiver
      const before = (await system.topics.all(topics.received)).length
      const killing = killEach(system, before)
      const asking = Promise.all(Array.from({ length: MAKE_LANES }, () => askInTurn(system)))
      const posted = await postInOrder({
        url: system.gatewayUrl + FRONT_PATH,
        secret: system.webhookSecret,
        rate: EVENTS_A_SECOND,
        posts: traffic.events,
        onProgress: () => {},
      })
      acknowledged = posted.acknowledged
      asked = (await asking).flat()
      await killing
      const markers = await sendMarkers(system)
      // Behind the markers of all partitions nothing of the traffic is left to be requested.
      const isMarker = ({ value }: { value: { event_id: string } }) => markers.has(value.event_id)
      await system.topics.wait(topics.requested, isMarker, { count: markers.size, deadlineMs: SETTLE_MS })
    }, 240_000)

    test('the sender gets a 2xx for every event in the end', () => {
      expect(acknowledged).toBe(traffic.events.length)
    })

    test('every event is in `webhooks.events` once, in order within its conversation', async () => {
      const events = (await use().topics.all(topics.events)).filter(({ value }) => sent.has(value.event_id))
      const ids = Map.groupBy(events, ({ value }) => value.conversation_id)
      const found = new Map(Array.from(ids, ([id, those]) => [id, those.map(({ value }) => value.event_id)]))
      expect(found).toEqual(traffic.expected)
    })

    test('every event is reflected by a snapshot of its conversation', async () => {
      const { topics: reader } = use()
      const reflected = () => new Set(reader.follow(topics.snapshots).flatMap(({ value }) => value.caused_by))
      const what = { what: 'every event to be reflected', deadlineMs: SETTLE_MS }
      await waitFor(() => [...sent].every((id) => reflected().has(id)), what)
    })

    test('every delivery is requested once, and reaches its endpoint under one webhook-id', async () => {
      const requested = (await use().topics.all(topics.requested)).filter(({ value }) => comments.has(value.event_id))
      expect(requested.map(({ value }) => value.event_id).toSorted()).toEqual([...comments].toSorted())
      const wanted = new Set(requested.map(({ value }) => value.delivery_id))
      const arrived = () => new Set(receiver.requests().map(({ id }) => id))
      const what = { what: 'every delivery to arrive', deadlineMs: SETTLE_MS }
      await waitFor(() => [...wanted].every((id) => arrived().has(id)), what)
      expect(new Set(receiver.requests().map(({ verdict }) => verdict))).toEqual(new Set(['ok']))
      await receiver.close()
    })

    test('every Make request is answered in the end, and its task extracted once', async () => {
      const { topics: reader } = use()
      expect(asked.map(({ answer }) => answer.status)).toEqual(asked.map(() => 200))
      const clients = asked.map(({ sample }) => sample.clientId)
      const isAsked = ({ value }: { value: { client_id: string | null } }) => clients.includes(value.client_id)
      // An answer is given before its transaction is committed, which a successor may have to do anew.
      await reader.wait(topics.extractions, isAsked, { count: clients.length, deadlineMs: SETTLE_MS })
      const extractions = (await reader.all(topics.extractions)).filter(isAsked)
      expect(extractions.map(({ value }) => value.client_id).toSorted()).toEqual(clients.toSorted())
      for (const { answer } of asked) {
        const own = extractions.filter(({ value }) => value.reply?.equals(answer.bytes))
        expect(own).toHaveLength(1)
        for (const id of own[0]?.value.node_ids ?? [])
          await reader.wait(topics.nodes, ({ value }) => value.id === id, { deadlineMs: SETTLE_MS })
      }
    })

    test('nothing is given up on', async () => {
      const { kafka } = use().topics
      const dead = allTopics().filter(({ name }) => name.includes('.dlq.'))
      const ends = await Promise.all(dead.map((topic) => kafka.ends(topic)))
      expect(dead.filter((_, place) => [...(ends[place]?.values() ?? [])].some((end) => end > 0n))).toEqual([])
    })
  })
}

/** Kills one service after the other, each when another sixth of the traffic has been stored, and starts it again at once. */
async function killEach(system: TestSystem, before: number): Promise<void> {
  const received = system.topics.follow(topics.received)
  const starts: Promise<void>[] = []
  for (const [place, name] of systemServices.entries()) {
    const due = before + ((place + 1) * EVENTS) / (systemServices.length + 1)
    await waitFor(() => received.length >= due, { what: `the time to kill ${name}`, deadlineMs: SETTLE_MS })
    await system.service(name).kill('SIGKILL')
    starts.push(system.service(name).start())
  }
  await Promise.all(starts)
}

async function askInTurn(system: TestSystem): Promise<Asked[]> {
  const asked: Asked[] = []
  for (let round = 0; round < MAKE_REQUESTS_EACH; round++) asked.push(await ask(system))
  return asked
}

/** Asks like a scenario that repeats what got no answer, under the same key. */
async function ask(system: TestSystem): Promise<Asked> {
  const sample = freshMakeSample()
  const key = { 'idempotency-key': randomUUID() }
  const isTemporary = ({ status }: Answer) => status === 408 || status === 429 || status === 503
  const answer = await waitFor(
    async () => {
      const answer = await system.postMake(sample.body, key)
      return isTemporary(answer) ? undefined : answer
    },
    { what: 'an answer', deadlineMs: SETTLE_MS, everyMs: 250 },
  )
  return { sample, answer }
}

import { randomUUID } from 'node:crypto'
import { type Topic, topics } from '@millrace/schemas'
import { runService, type ServiceProcess, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { extractEvent } from '../src/extract-event.ts'
import { extractedFrom, snapshotId } from '../src/extract-snapshot.ts'
import { taskExtractor } from '../src/extract-task.ts'
import { eventOf, RECEIVED_AT } from './support/events.ts'
import { foldRandomly, randomOf, textOf } from './support/graph-world.ts'
import { createInstallation, type Installation } from './support/installation.ts'
import { observationsIn } from './support/observations.ts'
import { snapshot } from './support/snapshot.ts'

const TASKS = 600
const KILLS = 3
/** Events that come a second time. */
const REPLAYED = 90
let here: Installation
let service: ServiceProcess | undefined

beforeAll(async () => {
  here = await createInstallation()
})

afterAll(async () => {
  await service?.stop()
  await here.close()
})

/** Tasks of a few clients that share people, statuses and tags; several events of the same task, which loses people and fields. */
function taskEvent(index: number) {
  const task = {
    id: `t${index % 200}`,
    name: `Task ${index}`,
    status: { status: index % 3 === 0 ? 'open' : 'done', color: `#${index}` },
    creator: index % 7,
    assignees:
      index % 4 === 0 ? [] : [{ id: index % 7, username: `user ${index % 7}`, email: `user${index % 7}@acme.example` }],
    custom_fields: index % 5 === 0 ? [] : [{ id: 'f', name: 'F', type: 'number', value: index % 2 }],
  }
  const at = RECEIVED_AT + ((index * 7_919) % TASKS)
  const body = { client_id: `client-${index % 5}`, action_id: 'get_client_data', task }
  return eventOf(body, { event_id: randomUUID(), received_at: at, occurred_at: at })
}

test('killed again and again over shuffled and doubled input, the service extracts each record once and folds the graph that all events make', async () => {
  const events = Array.from({ length: TASKS }, (_, index) => taskEvent(index))
  const random = randomOf(7)
  const sent = [...events, ...events.slice(0, REPLAYED)].toSorted(() => random() - 0.5)
  await here.kafka.send(topics.snapshots, `default/${snapshot.conversation_id}`, snapshot)
  service = await runService({ name: 'knowledge-graph', env: here.env })
  for (let kill = 0; kill < KILLS; kill++) {
    // Before there is more to do: a quick service has done it all by the time that is asked.
    const done = await here.kafka.ends(topics.nodes)
    await here.send(...sent.slice((kill * sent.length) / KILLS, ((kill + 1) * sent.length) / KILLS))
    await waitFor(async () => sum(await here.kafka.ends(topics.nodes)) > sum(done), {
      what: 'some nodes',
    })
    await service.kill()
    await service.start()
  }

  const expected = graphOf(events)
  await waitFor(async () => (await graphInTopics()) === expected, {
    what: 'the whole graph',
    everyMs: 500,
  })
  // What comes a second time changes no graph: it may be still to come.
  await here.handled('knowledge-extract', topics.events)
  await here.handled('knowledge-snapshots', topics.snapshots)
  const extracted = (await here.read(topics.extractions)).map(({ value }) => value?.event_id)
  const expectedIds = [...sent.map((event) => event.event_id), snapshotId(snapshot)]
  expect(extracted.toSorted()).toEqual(expectedIds.toSorted())
}, 180_000)

function sum(ends: ReadonlyMap<number, bigint>): bigint {
  return [...ends.values()].reduce((total, end) => total + end, 0n)
}

function graphOf(events: readonly ReturnType<typeof taskEvent>[]): string {
  const ofTasks = events.flatMap((event) => extractEvent(event, taskExtractor, 0).outputs)
  const seen = observationsIn([...ofTasks, ...extractedFrom(snapshot, 0)])
  return textOf(foldRandomly(seen, { random: randomOf(1) }))
}

async function graphInTopics(): Promise<string> {
  return textOf({ nodes: await holding(topics.nodes), relationships: await holding(topics.relationships) })
}

/** The last value of each key that has one. */
async function holding<V>(topic: Topic<V>): Promise<Map<string, V>> {
  return new Map(
    [...(await here.table(topic))].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])),
  )
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { extractEvent } from '../src/extract-event.ts'
import { taskExtractor } from '../src/extract-task.ts'
import { type ReadableGraph, taskFromGraph } from '../src/task-from-graph.ts'
import { fieldKinds, structureOf, task } from './support/arbitrary-task.ts'
import { eventOf, makeBody, richBody, sample } from './support/events.ts'
import { foldRandomly, type GraphTables, randomOf } from './support/graph-world.ts'
import { observationsIn } from './support/observations.ts'
import { graphOf } from './support/task.ts'

/** The folded graph of one event, as a reader of the topics has it. */
function foldedFrom(body: object): ReadableGraph {
  const seen = observationsIn(extractEvent(eventOf(body), taskExtractor, 0).outputs)
  const tables = foldRandomly(seen, { random: randomOf(1) })
  return readable(tables)
}

function readable({ nodes, relationships }: GraphTables): ReadableGraph {
  const open = ({ properties_json }: { properties_json: string }) => JSON.parse(properties_json)
  const holding = [...relationships.values()].filter(({ valid_to }) => valid_to === null)
  return {
    nodes: [...nodes.values()].map((node) => ({ id: node.id, properties: open(node) })),
    relationships: holding.map((each) => ({ ...each, properties: open(each) })),
  }
}

test('a task of any content can be rebuilt from its graph, with all that is 0, false, null, empty or unset', () => {
  fc.assert(
    fc.property(task, (whole) => {
      const graph = graphOf(whole)
      expect(taskFromGraph(graph, 'default', whole.id)).toEqual(structureOf({ name: 'T', ...whole }))
    }),
    { numRuns: 1_000 },
  )
})

test('and from the compacted topics', () => {
  fc.assert(
    fc.property(task, (whole) => {
      const rebuilt = taskFromGraph(foldedFrom({ client_id: 'acme', task: whole }), 'default', whole.id)
      expect(rebuilt).toEqual(structureOf(whole))
    }),
    { numRuns: 200 },
  )
})

test('the generator knows every kind of field, and each is met', () => {
  const met = new Set(
    fc
      .sample(task, { numRuns: 1_000, seed: 1 })
      .flatMap(({ custom_fields }) => (custom_fields ?? []).flatMap((each) => ('type' in each ? [each.type] : []))),
  )
  expect([...met].toSorted()).toEqual(fieldKinds.toSorted())
})

test.each([
  ["Make's sample", makeBody],
  ['the sample of the ClickUp API', { task: sample('clickup/get_task.response.json') }],
])('%s can be rebuilt', (_, body) => {
  const whole = (body as { task: { id: string } }).task
  expect(taskFromGraph(foldedFrom(body), 'default', whole.id)).toEqual(structureOf(whole))
})

test('what nobody could read is named, and rebuilt like the rest', () => {
  const { task: whole } = richBody as { task: { id: string; watchers: unknown[] } }
  const odd = {
    ...whole,
    watchers: [{ initials: 'BW' }, ...whole.watchers],
    tags: 'vip',
    status: { status: ' ', color: 'red' },
  }
  const graph = graphOf(odd)
  expect(graph.unread).toEqual(expect.arrayContaining(['/task/watchers/0', '/task/tags', '/task/status']))
  expect(taskFromGraph(graph, 'default', whole.id)).toEqual(structureOf(odd))
})

test('a task that the graph does not hold is null', () => {
  expect(taskFromGraph({ nodes: [], relationships: [] }, 'default', 'none')).toBeNull()
})

import type { OutRecord } from '@millrace/kafka'
import { type KnowledgeObservation, type ObservedRelationship, topics } from '@millrace/schemas'
import fc from 'fast-check'

const base: KnowledgeObservation = {
  tenant: 'default',
  id: 'tag:default:vip',
  subject: 'node',
  type: 'tag',
  label: '',
  properties_json: '{}',
  client_id: 'acme',
  standing: 'exists',
  same_as: [],
  supported_by: [],
  sections: [],
  relationships: [],
  spans: [],
  event_id: 'e1',
  about_id: 'cnv_1',
  extraction_id: 'x1',
  extractor: 'task',
  extractor_version: 1,
  observed_at: 1_000,
  message_json: '{}',
}

export function nodeSeen(properties: object, changes: Partial<KnowledgeObservation> = {}): KnowledgeObservation {
  return { ...base, properties_json: JSON.stringify(properties), ...changes }
}

/** A task that has a status, and no other. */
export function statusSeen(
  status: string,
  properties: object,
  changes: Partial<KnowledgeObservation> = {},
): KnowledgeObservation {
  const task = { id: 'task:default:t1', type: 'task', sections: ['has_status'] }
  return {
    ...base,
    ...task,
    relationships: [related('has_status', `status:default:${status}`, properties)],
    ...changes,
  }
}

function related(type: string, other_id: string, properties: object): ObservedRelationship {
  return { type, other_id, properties_json: JSON.stringify(properties), spans: [] }
}

const properties = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd', '__proto__'),
  fc.constantFrom(0, 1, false, null, '', 'x', [0]),
  { noNullPrototype: true },
)

const relationship = fc
  .tuple(
    fc.constantFrom('has_status', 'assigned_to', 'tagged'),
    fc.constantFrom('x:default:1', 'x:default:2', 'x:default:3'),
    properties,
  )
  .map(([type, to, seen]) => related(type, to, seen))

const supporters = ['task:default:1>tagged>tag:default:vip', 'task:default:2>tagged>tag:default:vip']

const change: fc.Arbitrary<Partial<KnowledgeObservation>> = fc.record({
  observed_at: fc.integer({ min: 1_000, max: 1_008 }),
  extractor_version: fc.constantFrom(1, 2),
  client_id: fc.constantFrom(null, 'acme', 'beta', 'gamma'),
  standing: fc.constantFrom('', 'exists', 'gone'),
  sections: fc.subarray(['*', 'assigned_to', 'has_status', 'tagged'], { maxLength: 3 }),
  supported_by: fc.subarray(supporters),
  relationships: fc.uniqueArray(relationship, {
    maxLength: 4,
    selector: ({ type, other_id }) => `${type} ${other_id}`,
  }),
})

/** Observations of one node and its relationships; as many as are remembered one by one. */
export const observations: fc.Arbitrary<KnowledgeObservation[]> = fc
  .array(fc.tuple(properties, change), { minLength: 1, maxLength: 18 })
  // An event is extracted once by one version: two readings of it are two versions'.
  .map((list) => list.map(([seen, changes], index) => nodeSeen(seen, { ...changes, event_id: `e${index}` })))

/** The observations among what an extraction writes. */
export function observationsIn(outputs: readonly OutRecord<unknown>[]): KnowledgeObservation[] {
  return outputs
    .filter(({ topic }) => topic.name === topics.observations.name)
    .map(({ value }) => value as KnowledgeObservation)
}

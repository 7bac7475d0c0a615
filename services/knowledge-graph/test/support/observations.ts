import type { KnowledgeObservation } from '@millrace/schemas'
import fc from 'fast-check'

const base: KnowledgeObservation = {
  tenant: 'default',
  id: 'person:default:clickup:1',
  subject: 'node',
  type: 'person',
  label: '',
  from_id: null,
  to_id: null,
  properties_json: '{}',
  client_id: 'acme',
  event_id: 'e1',
  extraction_id: 'x1',
  extractor: 'task',
  extractor_version: 1,
  observed_at: 1_000,
  is_retracted: false,
}

export function nodeSeen(properties: object, changes: Partial<KnowledgeObservation> = {}): KnowledgeObservation {
  return { ...base, properties_json: JSON.stringify(properties), ...changes }
}

export function relationshipSeen(
  toId: string,
  properties: object,
  changes: Partial<KnowledgeObservation> = {},
): KnowledgeObservation {
  const ends = { id: 'task:default:t1>has_status', type: 'has_status', from_id: 'task:default:t1', to_id: toId }
  return { ...nodeSeen(properties), subject: 'relationship', ...ends, ...changes }
}

const properties = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd', '__proto__'),
  fc.constantFrom(0, 1, false, null, '', 'x', [0]),
  { noNullPrototype: true },
)

const stamp = fc.record({
  event_id: fc.integer({ min: 0, max: 60 }).map((number) => `e${number}`),
  observed_at: fc.integer({ min: 1_000, max: 1_040 }),
  extractor_version: fc.constantFrom(1, 2),
  client_id: fc.constantFrom(null, 'acme', 'beta', 'gamma'),
  is_retracted: fc.boolean(),
})

/** Observations of one node, or of one relationship that moves between targets. */
export const observations: fc.Arbitrary<KnowledgeObservation[]> = fc.oneof(
  fc.array(
    fc.tuple(properties, stamp).map(([seen, at]) => nodeSeen(seen, at)),
    { minLength: 1, maxLength: 60 },
  ),
  fc.array(
    fc
      .tuple(fc.constantFrom('status:default:open', 'status:default:done'), properties, stamp)
      .map(([toId, seen, at]) => relationshipSeen(toId, seen, at)),
    { minLength: 1, maxLength: 60 },
  ),
)

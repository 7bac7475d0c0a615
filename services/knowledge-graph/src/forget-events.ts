import type { Provenance } from '@millrace/schemas'
import { type Content, type GraphState, NOTHING_SEEN, type Part, type RelationshipState } from './graph-state.ts'

/** What an erasure tells a node's owner: which events never were, or that nothing may be left of the node itself. */
export interface Forget {
  readonly subject: 'forget'
  /** Ids of erased events and snapshots. */
  readonly events?: readonly string[]
  /** True for what stands for the erased subject: everything goes. */
  readonly all?: boolean
}

type IsErased = (source: { readonly event_id: string }) => boolean

/**
 * What is left of a state without some events: only what other events say. A property goes with the event on which it rests; an older event that said
 * it too says it again when it is replayed. Relationships of which nothing is left stay as their ids alone, so that their other ends are told.
 */
export function forgetEvents(state: GraphState, { events = [], all = false }: Forget): GraphState {
  const ids = new Set(events)
  const isErased: IsErased = all ? () => true : ({ event_id }) => ids.has(event_id)
  const left = { ...state, ...withoutSources(state, isErased) }
  if (all) return { ...left, supporters: {}, is_shared: false, links: [], stands_for: state.id, parts: {}, told: {} }
  return {
    ...left,
    supporters: mapValues(state.supporters, (supporter) =>
      isErased(supporter.stamp) ? { ...supporter, stamp: BEFORE_ALL } : supporter,
    ),
    parts: mapValues(state.parts, (part) => partWithout(part, isErased)),
  }
}

/** Older than every observation: whatever the owner of the relationship says next counts. */
const BEFORE_ALL = { event_id: '', extractor: '', extractor_version: 0, observed_at: 0 }

/** True while nothing has told of the node, or what did was forgotten. */
export function isForgotten({ provenance, supporters, is_shared, parts, relationships }: GraphState): boolean {
  const isStated = Object.values(relationships).some((relationship) => relationship.provenance.length > 0)
  const isTold = is_shared || Object.keys(supporters).length > 0 || Object.keys(parts).length > 0
  return provenance.length === 0 && !isStated && !isTold
}

function partWithout(part: Part, isErased: IsErased): Part {
  const left = withoutSources(part, isErased)
  // Who brought it says by itself whether it is there once it has forgotten too.
  return left.provenance.length === 0 ? { ...part, ...left, is_there: false, gone_since: 0 } : { ...part, ...left }
}

function withoutSources<C extends Content>(content: C, isErased: IsErased): Content {
  const provenance = content.provenance.filter((source) => !isErased(source))
  const isEmpty = provenance.length === 0
  return {
    properties: propertiesOf(content, provenance),
    client_ids: isEmpty ? [] : content.client_ids,
    first_seen: isEmpty ? NOTHING_SEEN : content.first_seen,
    last_seen: Math.max(0, ...provenance.map(({ observed_at }) => observed_at)),
    provenance,
    relationships: mapValues(content.relationships, (relationship) => relationshipWithout(relationship, isErased)),
  }
}

/** Every property names the source on which it rests. */
function propertiesOf({ properties }: Content, provenance: readonly Provenance[]): Content['properties'] {
  const known = new Set(provenance.flatMap((source) => source.properties))
  return Object.fromEntries(Object.entries(properties).filter(([name]) => known.has(name)))
}

function relationshipWithout(relationship: RelationshipState, isErased: IsErased): RelationshipState {
  const provenance = relationship.provenance.filter((source) => !isErased(source))
  if (provenance.length === relationship.provenance.length) return relationship
  // Properties are the newest statement's.
  const isNewestLeft = provenance[0] === relationship.provenance[0]
  const properties = isNewestLeft ? relationship.properties : {}
  return { ...relationship, properties, provenance, client_ids: provenance.length === 0 ? [] : relationship.client_ids }
}

function mapValues<T>(values: Readonly<Record<string, T>>, change: (value: T) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))
}

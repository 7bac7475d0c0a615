import { asObject, type JsonObject } from '@millrace/domain'
import type { KnowledgeNode, KnowledgeObservation, KnowledgeRelationship, Provenance, Span } from '@millrace/schemas'
import { orderSpans } from './compare-stamps.ts'
import { bestIdentity, compareIdentities } from './person-identity.ts'
import { ruleOf } from './relationship-types.ts'
import type { Standing } from './standing.ts'

/** The place of an observation in the order of all: time, event id, then the extractor's version and name. */
export type Stamp = Pick<Provenance, 'observed_at' | 'event_id' | 'extractor_version' | 'extractor'>

/** A relationship as its node has stated it, by the id that the other end had there. */
export interface RelationshipState {
  readonly type: string
  readonly other: string
  /** What a later statement has to list as a whole to end it: the type, or the type within one text (`mentions:name`). */
  readonly section: string
  readonly properties: JsonObject
  readonly client_ids: readonly string[]
  readonly first_seen: number
  /** Since when a newer statement no longer names it; null while it holds. */
  readonly ended_at: number | null
  /** Newest first; empty once all that stated it was erased: then only the other end is told so. */
  readonly provenance: readonly Provenance[]
}

/** A relationship of another node that names this one: while one holds, this node is there. */
export interface Supporter {
  readonly stamp: Stamp
  readonly ended_at: number | null
}

/** What is known of a node beside what others say of it. */
export interface Content {
  readonly properties: JsonObject
  readonly client_ids: readonly string[]
  readonly first_seen: number
  readonly last_seen: number
  /** Newest first; empty until the node itself was observed. */
  readonly provenance: readonly Provenance[]
  readonly relationships: Readonly<Record<string, RelationshipState>>
}

/** What another id of the same person brings to the one that stands for all. */
export interface Part extends Content, Standing {}

/** All that one node's owner knows: the node, the relationships that it states, and what other nodes told it. */
export interface GraphState extends Content {
  readonly tenant: string
  readonly id: string
  /** Empty until the node itself was observed. */
  readonly type: string
  /** By relationship id; empty once too many were counted. */
  readonly supporters: Readonly<Record<string, Supporter>>
  /** True for good once more support it than are kept: it stays whatever ends. */
  readonly is_shared: boolean
  /** Ids of the same person that were met together with this one. */
  readonly links: readonly string[]
  /** The id that stands for the person as far as known; this one until a better is. */
  readonly stands_for: string
  readonly parts: Readonly<Record<string, Part>>
  /** By the id that stands for this person: whether the person is there. */
  readonly told: Readonly<Record<string, Standing>>
  /** Of ids that relationships were stated with: all that stood for them so far, the best first. */
  readonly aliases: Readonly<Record<string, readonly string[]>>
}

export const NOTHING_SEEN = Number.MAX_SAFE_INTEGER

export function blankState(tenant: string, id: string): GraphState {
  return {
    tenant,
    id,
    type: '',
    properties: {},
    client_ids: [],
    first_seen: NOTHING_SEEN,
    last_seen: 0,
    provenance: [],
    relationships: {},
    supporters: {},
    is_shared: false,
    links: [],
    stands_for: id,
    parts: {},
    told: {},
    aliases: {},
  }
}

// In the order of the schema: what was read back from a topic must have equal text.
export function stampOf({ event_id, extractor, extractor_version, observed_at }: Stamp): Stamp {
  return { event_id, extractor, extractor_version, observed_at }
}

/** What one observation of an extraction says, as a state of its own. */
export function stateOfObservation(observation: KnowledgeObservation): GraphState {
  const { tenant, id, observed_at, sections, standing } = observation
  const properties = readProperties(observation.properties_json)
  const client_ids = observation.client_id === null ? [] : [observation.client_id]
  const stamp = stampOf(observation)
  const relationships = observation.relationships.flatMap(({ type, other_id, properties_json, spans }) => {
    const own = readProperties(properties_json)
    const related = { type, other: other_id, properties: own, client_ids, first_seen: observed_at, ended_at: null }
    const source = { ...stamp, properties: Object.keys(own), sections: [], standing: '' as const }
    return byText(spans).map(([field, said]) => {
      const state = { ...related, section: sectionOf(type, field), provenance: [{ ...source, spans: said }] }
      return [statedId(type, id, other_id, field), state] as const
    })
  })
  return {
    ...blankState(tenant, id),
    type: observation.type,
    properties,
    client_ids,
    first_seen: observed_at,
    last_seen: observed_at,
    provenance: [
      { ...stamp, properties: Object.keys(properties), sections, standing, spans: orderSpans(observation.spans) },
    ],
    relationships: sorted(relationships),
    supporters: sorted(observation.supported_by.map((by) => [by, { stamp, ended_at: null }])),
    links: [...observation.same_as].sort(compareIdentities),
    stands_for: bestIdentity([id, ...observation.same_as]),
  }
}

/** The id under which a node's owner keeps a relationship that it states: with the owner first, whichever way it points. */
export function statedId(type: string, owner: string, other: string, field = ''): string {
  return `${owner}>${type}>${other}${field === '' ? '' : `>${field}`}`
}

/** What an observation lists as a whole: all relationships of a type, or those that one text states. */
export function sectionOf(type: string, field: string): string {
  return field === '' ? type : `${type}:${field}`
}

/** Spans by the text that they are of; one group without a text where there are none. Each text states for itself, and takes back for itself. */
export function byText(spans: readonly Span[]): [field: string, spans: Span[]][] {
  return spans.length === 0 ? [['', []]] : [...Map.groupBy(spans, ({ field }) => field)]
}

/** The node that states a relationship, by the id under which it keeps it. */
export function ownerOf(stated: string): string {
  return stated.slice(0, stated.indexOf('>'))
}

/** What a published node says of its own state. */
export function* statesOfNode(node: KnowledgeNode): Generator<GraphState> {
  const { tenant, id, type, client_ids, first_seen, last_seen, provenance, identities } = node
  const properties = readProperties(node.properties_json)
  const content = { type, properties, client_ids, first_seen, last_seen, provenance }
  yield {
    ...blankState(tenant, id),
    ...content,
    links: [...identities].sort(compareIdentities),
    stands_for: node.same_as ?? id,
    is_shared: node.same_as !== null,
  }
  for (const other of identities) yield { ...blankState(tenant, other), links: [id], stands_for: id }
}

/** What a published relationship says: of the state of the node that states it, and of the one at the other end. */
export function* statesOfRelationship(relationship: KnowledgeRelationship): Generator<GraphState> {
  const { tenant, type, from_id, to_id, valid_to, client_ids, first_seen, provenance } = relationship
  const [owner, other] = ruleOf(type).statedBy === 'to' ? [to_id, from_id] : [from_id, to_id]
  const properties = readProperties(relationship.properties_json)
  const state = { type, other, properties, client_ids, first_seen, ended_at: valid_to }
  for (const field of fieldsOf(provenance)) {
    const id = statedId(type, owner, other, field)
    const sources = provenance.flatMap((source) =>
      byText(source.spans).flatMap(([text, spans]) => (text === field ? [{ ...source, spans }] : [])),
    )
    const [newest] = sources
    if (newest === undefined) continue
    const section = sectionOf(type, field)
    yield { ...blankState(tenant, owner), relationships: { [id]: { ...state, section, provenance: sources } } }
    const supporter = { stamp: stampOf(newest), ended_at: valid_to }
    yield { ...blankState(tenant, other), supporters: { [id]: supporter } }
  }
}

function fieldsOf(provenance: readonly Provenance[]): Set<string> {
  return new Set(provenance.flatMap(({ spans }) => byText(spans).map(([field]) => field)))
}

/** @throws SyntaxError for a text that is no JSON, which no extractor writes. */
function readProperties(json: string): JsonObject {
  return sorted(Object.entries(asObject(JSON.parse(json)) ?? {}))
}

/** An object with its names in order, so that equal ones have equal texts. */
export function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

/** JSON bytes of a state, for Redis and for telling whether two are equal. */
export function encodeState(state: GraphState): string {
  return JSON.stringify(state)
}

export function decodeState(bytes: Buffer): GraphState {
  return JSON.parse(bytes.toString('utf8')) as GraphState
}

import type { JsonObject } from '@millrace/domain'
import type { Span } from '@millrace/schemas'
import { fitProperties } from './fit-properties.ts'
import { relationshipId } from './graph-ids.ts'
import { labelOf, type NodeType } from './node-types.ts'
import { joinIdentities } from './person-identity.ts'
import type { RelationshipType } from './relationship-types.ts'

export interface DraftNode {
  readonly id: string
  readonly type: NodeType
  readonly label: string
  readonly properties: JsonObject
  /** False for what every client's tasks share (a status, a tag): it belongs to no client. */
  readonly isOfClient: boolean
  /** `exists` or `gone` for what the event is about itself; empty for what it only names. */
  readonly standing: '' | 'exists' | 'gone'
  /** Relationship types of which the event names every one that holds; `*` for all. */
  readonly sections: readonly string[]
  /** Other ids of the same person. */
  readonly identities: readonly string[]
}

export interface DraftRelationship {
  readonly id: string
  readonly type: RelationshipType
  readonly from_id: string
  readonly to_id: string
  readonly properties: JsonObject
  /** The words that say so. */
  readonly spans: readonly Span[]
}

export interface NodeOptions {
  readonly isOfClient?: boolean
  readonly standing?: 'exists' | 'gone'
}

/** The nodes and relationships that one extraction finds, each once, in the order of finding. */
export interface GraphDraft {
  /** Adds a node, or what was not yet known of one that is there. Returns its id. */
  node(type: NodeType, id: string, properties: JsonObject, options?: NodeOptions): string
  /** Adds a person by all ids that it has here; people who share one are one. Returns the id to relate to. */
  person(ids: readonly [string, ...string[]], properties: JsonObject): string
  /** Adds a relationship; of one that is there already only the spans and what was stated are added. */
  relate(type: RelationshipType, fromId: string, toId: string, properties?: JsonObject, spans?: readonly Span[]): void
  /** Says that what is related to a node by these types is all that is. */
  complete(id: string, ...types: readonly (RelationshipType | '*')[]): void
  finish(): { readonly nodes: DraftNode[]; readonly relationships: DraftRelationship[] }
}

// One record holds a node with all its relationships.
const MAX_RELATIONSHIP_BYTES = 16_384

type Noted = Pick<DraftNode, 'id' | 'type' | 'properties' | 'isOfClient' | 'standing'>
type Related = Omit<DraftRelationship, 'id'>

export function createGraphDraft(): GraphDraft {
  const nodes = new Map<string, Noted>()
  const related: Related[] = []
  const sections = new Map<string, Set<string>>()
  const sameness: (readonly string[])[] = []
  const add = (type: NodeType, id: string, properties: JsonObject, { isOfClient = true, standing }: NodeOptions) => {
    nodes.set(id, mergeNodes({ id, type, properties, isOfClient, standing: standing ?? '' }, nodes.get(id)))
    return id
  }
  return {
    node: (type, id, properties, options = {}) => add(type, id, properties, options),
    person(ids, properties) {
      sameness.push(ids)
      return add('person', ids[0], properties, {})
    },
    relate: (type, from_id, to_id, properties = {}, spans = []) => {
      related.push({ type, from_id, to_id, properties, spans })
    },
    complete(id, ...types) {
      sections.set(id, new Set([...(sections.get(id) ?? []), ...types]))
    },
    finish() {
      const people = joinIdentities(sameness)
      const idOf = (id: string) => people.get(id)?.id ?? id
      const merged = new Map<string, Noted>()
      for (const node of nodes.values()) {
        const id = idOf(node.id)
        merged.set(id, mergeNodes({ ...node, id }, merged.get(id)))
      }
      return {
        nodes: [...merged.values()].map((node) => ({
          ...node,
          label: labelOf(node.type, node.properties),
          properties: fitProperties(node.properties),
          sections: [...(sections.get(node.id) ?? [])].sort(),
          identities: people.get(node.id)?.others ?? [],
        })),
        relationships: mergeRelated(related, idOf),
      }
    },
  }
}

/** What was found first stays. */
function mergeNodes(found: Noted, known: Noted | undefined): Noted {
  if (known === undefined) return found
  return {
    ...known,
    properties: { ...found.properties, ...known.properties },
    isOfClient: known.isOfClient || found.isOfClient,
    standing: known.standing === '' ? found.standing : known.standing,
  }
}

function mergeRelated(related: readonly Related[], idOf: (id: string) => string): DraftRelationship[] {
  const merged = new Map<string, DraftRelationship>()
  for (const found of related) {
    const [from_id, to_id] = [idOf(found.from_id), idOf(found.to_id)]
    const id = relationshipId(found.type, from_id, to_id)
    const known = merged.get(id)
    if (known === undefined) merged.set(id, { ...found, id, from_id, to_id })
    else merged.set(id, { ...known, properties: addStated(known, found), spans: [...known.spans, ...found.spans] })
  }
  return [...merged.values()].map((each) => ({
    ...each,
    properties: fitProperties(each.properties, MAX_RELATIONSHIP_BYTES),
  }))
}

/** A list may name the same person or tag twice: `stated` holds each place. */
function addStated(known: Related, found: Related): JsonObject {
  const [first, second] = [known.properties.stated, found.properties.stated]
  if (!Array.isArray(first) || !Array.isArray(second)) return known.properties
  return { ...known.properties, stated: [...first, ...second] }
}

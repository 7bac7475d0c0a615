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
  /** Of what the event names all that holds: relationship types, texts (`mentions:name`), or `*`. */
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
  /** Adds what a text names, and the words that do. What texts alone name gives way when there are too many nodes. */
  mention(of: string, named: Named, span: Span, pointer: string): void
  /** Adds a person by all ids that it has here; people who share one are one. Returns the id to relate to. */
  person(ids: readonly [string, ...string[]], properties: JsonObject): string
  /** Adds a relationship; of one that is there already only the spans and what was stated are added. */
  relate(type: RelationshipType, fromId: string, toId: string, properties?: JsonObject, spans?: readonly Span[]): void
  /** Says that what is related to a node by these types, or mentioned by these of its texts, is all that is. */
  complete(id: string, ...sections: readonly Section[]): void
  finish(): { readonly nodes: DraftNode[]; readonly relationships: DraftRelationship[] }
}

/** What an event may name as a whole: the relationships of a type, what one text mentions (`mentions:name`), or all. */
export type Section = RelationshipType | `mentions:${string}` | '*'

export interface DraftBounds {
  /** Nodes that it has at most, as far as leaving out mentions, the last ones first, can do that. */
  readonly maxNodes: number
  /** Told of each text of which mentions were left out, by its JSON pointer. */
  readonly onLeftOut: (pointer: string) => void
}

/** A node that a text names. */
export interface Named {
  readonly type: NodeType
  readonly id: string
  readonly properties: JsonObject
}

// One record holds a node with all its relationships.
const MAX_RELATIONSHIP_BYTES = 16_384

interface Noted extends Pick<DraftNode, 'id' | 'type' | 'properties' | 'isOfClient' | 'standing'> {
  /** Nothing but texts names it. */
  readonly isMentionOnly: boolean
}

interface Related extends Omit<DraftRelationship, 'id'> {
  /** Of the text that says so. */
  readonly pointer?: string
}

const boundless: DraftBounds = { maxNodes: Number.POSITIVE_INFINITY, onLeftOut: () => {} }

export function createGraphDraft({ maxNodes, onLeftOut } = boundless): GraphDraft {
  const nodes = new Map<string, Noted>()
  const related: Related[] = []
  const sections = new Map<string, Set<string>>()
  const sameness: (readonly string[])[] = []
  const add = (node: Named, { isOfClient = true, standing }: NodeOptions, isMentionOnly = false) => {
    nodes.set(node.id, mergeNodes({ ...node, isOfClient, standing: standing ?? '', isMentionOnly }, nodes.get(node.id)))
    return node.id
  }
  return {
    node: (type, id, properties, options = {}) => add({ type, id, properties }, options),
    mention(of, named, span, pointer) {
      add(named, {}, true)
      related.push({ type: 'mentions', from_id: of, to_id: named.id, properties: {}, spans: [span], pointer })
    },
    person(ids, properties) {
      sameness.push(ids)
      return add({ type: 'person', id: ids[0], properties }, {})
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
      const surplus = surplusOf([...merged.values()], maxNodes)
      const [left, kept] = split(related, ({ to_id }) => surplus.has(to_id))
      // Not all that is mentioned is told, so what is not told has not ended.
      for (const { from_id, spans } of left) leaveOpen(sections.get(from_id), spans)
      for (const pointer of new Set(left.flatMap((each) => each.pointer ?? []))) onLeftOut(pointer)
      const remaining = [...merged.values()].filter(({ id }) => !surplus.has(id))
      return {
        nodes: remaining.map(({ isMentionOnly: _, ...node }) => ({
          ...node,
          label: labelOf(node.type, node.properties),
          properties: fitProperties(node.properties),
          sections: [...(sections.get(node.id) ?? [])].sort(),
          identities: people.get(node.id)?.others ?? [],
        })),
        relationships: mergeRelated(kept, idOf),
      }
    },
  }
}

/** Takes back that all is told of what these words are of. */
function leaveOpen(sections: Set<string> | undefined, spans: readonly Span[]): void {
  sections?.delete('mentions')
  for (const { field } of spans) sections?.delete(`mentions:${field}`)
}

/** Ids of the mentions that are beyond a number of nodes. */
function surplusOf(nodes: readonly Noted[], maxNodes: number): ReadonlySet<string> {
  const mentioned = nodes.filter(({ isMentionOnly }) => isMentionOnly).map(({ id }) => id)
  const surplus = Math.max(0, nodes.length - maxNodes)
  return new Set(mentioned.slice(Math.max(0, mentioned.length - surplus)))
}

function split<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}

/** What was found first stays. */
function mergeNodes(found: Noted, known: Noted | undefined): Noted {
  if (known === undefined) return found
  return {
    ...known,
    properties: { ...found.properties, ...known.properties },
    isOfClient: known.isOfClient || found.isOfClient,
    isMentionOnly: known.isMentionOnly && found.isMentionOnly,
    standing: known.standing === '' ? found.standing : known.standing,
  }
}

function mergeRelated(related: readonly Related[], idOf: (id: string) => string): DraftRelationship[] {
  const merged = new Map<string, DraftRelationship>()
  for (const found of related) {
    const [from_id, to_id] = [idOf(found.from_id), idOf(found.to_id)]
    const id = relationshipId(found.type, from_id, to_id)
    const known = merged.get(id)
    if (known === undefined)
      merged.set(id, { type: found.type, properties: found.properties, spans: found.spans, id, from_id, to_id })
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

import { topicKey } from '@millrace/domain'
import { type OutRecord, output } from '@millrace/kafka'
import { type KnowledgeNode, type KnowledgeRelationship, topics } from '@millrace/schemas'
import { compareText } from './compare-stamps.ts'
import { fitProperties } from './fit-properties.ts'
import { graphHeaders } from './graph-headers.ts'
import { endsOf, relationshipId } from './graph-ids.ts'
import type { Content, GraphState, RelationshipState } from './graph-state.ts'
import { compareRelationships, joinRelationship } from './join-relationships.ts'
import { joinContents } from './join-states.ts'
import { labelOf } from './node-types.ts'
import { endOfRelationship, standingOf } from './standing.ts'
import { newsOf } from './tell-nodes.ts'

/** The records of one state: the node and the relationships that it states; null where nothing is, or no longer is. */
export interface Published {
  readonly node: KnowledgeNode | null
  readonly relationships: ReadonlyMap<string, KnowledgeRelationship>
}

/**
 * What to write of a state: what differs from what is published, and what other nodes have to be told. Everything when it is not known what is
 * published, after a crash between state and commit; then also what may have been published under ids that were found to stand for nothing.
 */
export function publishGraph(
  state: GraphState,
  { before, isFirst }: { readonly before: GraphState | undefined; readonly isFirst: boolean },
): OutRecord<unknown>[] {
  const now = publishedOf(state)
  const then = before === undefined ? undefined : publishedOf(before)
  const isNodeDue = then === undefined ? now.node !== null || !isFirst : !isSame(now.node, then.node)
  const written = then?.relationships.keys() ?? (isFirst ? [] : formerIds(state))
  const gone = [...written].filter((id) => !now.relationships.has(id))
  const due = [...now.relationships].filter(([id, value]) => !isSame(value, then?.relationships.get(id)))
  return [
    ...(isNodeDue ? [nodeRecord(state, now.node)] : []),
    ...gone.map((id) => relationshipRecord(state, id, null)),
    ...due.map(([id, value]) => relationshipRecord(state, id, value)),
    ...newsOf(state, before),
  ]
}

/** Ids under which the relationships of a state may have been published before people were found to be one. */
function formerIds(state: GraphState): Set<string> {
  const stated = [state, ...Object.values(state.parts)].flatMap(({ relationships }) => Object.values(relationships))
  return new Set(
    stated.flatMap(({ type, other }) => [other, ...(state.aliases[other] ?? [])].map((id) => idOf(state.id, type, id))),
  )
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** What readers see of a state. Of the ids of one person only the one that stands for all is a node. */
export function publishedOf(state: GraphState): Published {
  if (state.stands_for !== state.id)
    return { node: state.is_shared ? referenceTo(state) : null, relationships: new Map() }
  const whole = Object.values(state.parts).reduce<Content>(joinContents, state)
  const node = standingOf(state).is_there && state.type !== '' ? nodeOf(state, whole) : null
  return { node, relationships: relationshipsOf(state) }
}

function nodeOf({ tenant, id, type, links, parts }: GraphState, content: Content): KnowledgeNode {
  const identities = [...new Set([...links, ...Object.keys(parts)])].filter((other) => other !== id).sort()
  return {
    tenant,
    id,
    type,
    label: labelOf(type, content.properties),
    properties_json: JSON.stringify(fitProperties(content.properties)),
    same_as: null,
    identities,
    client_ids: [...content.client_ids],
    first_seen: content.first_seen,
    last_seen: content.last_seen,
    provenance: [...content.provenance],
  }
}

/** More relationships lead to this id than can be told to lead elsewhere. */
function referenceTo(state: GraphState): KnowledgeNode {
  return { ...nodeOf(state, state), same_as: state.stands_for, identities: [] }
}

interface Stated {
  readonly relationship: RelationshipState
  readonly ended_at: number | null
  readonly other: string
}

/** The relationships that the state and its parts state, led to the ids that stand for their ends. */
function relationshipsOf(state: GraphState): Map<string, KnowledgeRelationship> {
  const standing = standingOf(state)
  const relationships = [state, ...Object.values(state.parts)].flatMap((each) => Object.values(each.relationships))
  const left = relationships.filter(({ provenance }) => provenance.length > 0)
  const stated = left.map((relationship): Stated => {
    const { other } = relationship
    const ended_at = endOfRelationship(relationship, standing)
    return { relationship, ended_at, other: state.aliases[other]?.[0] ?? other }
  })
  const groups = Map.groupBy(stated, ({ relationship, other }) => idOf(state.id, relationship.type, other))
  return new Map(
    [...groups].sort(([a], [b]) => compareText(a, b)).map(([id, group]) => [id, relationshipOf(state, id, group)]),
  )
}

function idOf(owner: string, type: string, other: string): string {
  const { from_id, to_id } = endsOf(type, owner, other)
  return relationshipId(type, from_id, to_id)
}

/** One relationship of several statements: it holds while one of them does; one with a single target follows the newest. */
function relationshipOf(state: GraphState, id: string, stated: readonly Stated[]): KnowledgeRelationship {
  const [first, ...others] = stated.toSorted(compareStated) as [Stated, ...Stated[]]
  const same = others.filter(({ other }) => other === first.other)
  const joined = same.reduce<RelationshipState>(
    (known, { relationship }) => joinRelationship(known, { ...relationship, other: known.other }) ?? known,
    first.relationship,
  )
  return {
    tenant: state.tenant,
    id,
    type: joined.type,
    ...endsOf(joined.type, state.id, first.other),
    properties_json: JSON.stringify(first.relationship.properties),
    client_ids: [...joined.client_ids],
    first_seen: joined.first_seen,
    last_seen: joined.provenance[0]?.observed_at ?? joined.first_seen,
    valid_to: latest([first, ...same].map(({ ended_at }) => ended_at)),
    provenance: [...joined.provenance],
  }
}

/** The last of several ends; null while one has not come. */
function latest(ends: readonly (number | null)[]): number | null {
  return ends.includes(null) ? null : Math.max(...ends.map(Number))
}

/** Those that hold first, then by the newest statement. */
function compareStated(a: Stated, b: Stated): number {
  if ((a.ended_at === null) !== (b.ended_at === null)) return a.ended_at === null ? -1 : 1
  return compareRelationships(b.relationship, a.relationship)
}

function nodeRecord(state: GraphState, value: KnowledgeNode | null): OutRecord<unknown> {
  const headers = graphHeaders(state, 'node', 'millrace.knowledge.node')
  return output({ topic: topics.nodes, key: topicKey(state.tenant, state.id), value, headers })
}

function relationshipRecord(state: GraphState, id: string, value: KnowledgeRelationship | null): OutRecord<unknown> {
  const headers = graphHeaders(state, id, 'millrace.knowledge.relationship')
  return output({ topic: topics.relationships, key: topicKey(state.tenant, id), value, headers })
}

import { compareJson, compareStamps } from './compare-stamps.ts'
import { type Content, type GraphState, type Part, type Supporter, sorted } from './graph-state.ts'
import { joinClients } from './join-clients.ts'
import { joinProperties } from './join-provenance.ts'
import { joinRelationships } from './join-relationships.ts'
import { bestIdentity, compareIdentities } from './person-identity.ts'
import type { Standing } from './standing.ts'

/** Supporters that are counted one by one; what more nodes than these have named stays for good. */
export const SUPPORTERS_KEPT = 200

/** Ids of one person that know of each other. */
const IDENTITIES_KEPT = 500

/**
 * Joins what two states of one node know: commutative, associative and idempotent, so that observations give one state in any order and however
 * often they come (property test).
 */
export function joinStates(a: GraphState, b: GraphState): GraphState {
  const newest = compareStates(a, b) >= 0 ? a : b
  return {
    tenant: newest.tenant,
    id: newest.id,
    type: newest.type,
    ...joinContents(a, b),
    ...joinSupporters(a, b),
    links: [...new Set([...a.links, ...b.links])].sort(compareIdentities).slice(0, IDENTITIES_KEPT),
    stands_for: bestIdentity([a.stands_for, b.stands_for]),
    parts: limitIdentities(joinEach(a.parts, b.parts, joinParts)),
    told: joinEach(a.told, b.told, joinStandings),
    aliases: joinEach(a.aliases, b.aliases, joinAliases),
  }
}

/** Joins two descriptions of one node, or of one person under two ids. */
export function joinContents(a: Content, b: Content): Content {
  const { properties, provenance } = joinProperties(a, b)
  return {
    properties,
    client_ids: joinClients(a.client_ids, b.client_ids),
    first_seen: Math.min(a.first_seen, b.first_seen),
    last_seen: Math.max(a.last_seen, b.last_seen),
    provenance,
    relationships: joinRelationships(a.relationships, b.relationships, provenance),
  }
}

function joinSupporters(a: GraphState, b: GraphState): Pick<GraphState, 'supporters' | 'is_shared'> {
  return limitSupporters(joinEach(a.supporters, b.supporters, joinSupporter), a.is_shared || b.is_shared)
}

/** The state's `supporters` and `is_shared` once more came. */
export function limitSupporters(
  supporters: Readonly<Record<string, Supporter>>,
  isShared: boolean,
): Pick<GraphState, 'supporters' | 'is_shared'> {
  const is_shared = isShared || Object.keys(supporters).length > SUPPORTERS_KEPT
  return { supporters: is_shared ? {} : supporters, is_shared }
}

/** The later statement; of one statement, that it holds: better a node too many than one that is missing. */
function joinSupporter(a: Supporter, b: Supporter): Supporter {
  const order = compareStamps(a.stamp, b.stamp)
  if (order !== 0) return order > 0 ? a : b
  if (a.ended_at === null || b.ended_at === null) return a.ended_at === null ? a : b
  return a.ended_at <= b.ended_at ? a : b
}

export function joinAliases(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort(compareIdentities)
}

/** The best ids of a person with what they bring; more have not been met but where a number is everybody's. */
export function limitIdentities<T>(byId: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const ids = Object.keys(byId)
  if (ids.length <= IDENTITIES_KEPT) return byId
  const kept = new Set(ids.sort(compareIdentities).slice(0, IDENTITIES_KEPT))
  return sorted(Object.entries(byId).filter(([id]) => kept.has(id)))
}

function joinParts(a: Part, b: Part): Part {
  return { ...joinContents(a, b), ...joinStandings(a, b) }
}

function joinStandings(a: Standing, b: Standing): Standing {
  const is_there = a.is_there || b.is_there
  return { is_there, gone_since: is_there ? 0 : Math.max(a.gone_since, b.gone_since) }
}

function joinEach<T>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  join: (a: T, b: T) => T,
): Readonly<Record<string, T>> {
  const joined = new Map(Object.entries(a))
  for (const [name, value] of Object.entries(b)) {
    const known = joined.get(name)
    joined.set(name, known === undefined ? value : join(known, value))
  }
  return sorted([...joined])
}

/** By the newest observation of each; a state without one has nothing to say of its type. */
function compareStates(a: GraphState, b: GraphState): number {
  const [ofA, ofB] = [a.provenance[0], b.provenance[0]]
  if (ofA === undefined || ofB === undefined)
    return ofA === ofB ? compareJson(a.type, b.type) : ofA === undefined ? -1 : 1
  return compareStamps(ofA, ofB) || compareJson(a.type, b.type)
}

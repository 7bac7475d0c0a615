import type { Provenance } from '@millrace/schemas'
import { compareJson, compareStamps, compareText, stampKey } from './compare-stamps.ts'
import { type RelationshipState, sorted } from './graph-state.ts'
import { joinClients } from './join-clients.ts'
import { mergeSources } from './join-provenance.ts'

/** Relationships that one node states: the ones that were stated last are kept. */
export const RELATIONSHIPS_KEPT = 2_000
/** Observations that are kept of one relationship. */
const SOURCES_KEPT = 5

type Relationships = Readonly<Record<string, RelationshipState>>

/** Joins the relationships of two states of one node: target and properties together from the newest observation of each. */
export function joinRelationships(
  a: Relationships,
  b: Relationships,
  statements: readonly Provenance[],
): Relationships {
  const ids = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  const joined = ids.flatMap((id): [string, RelationshipState][] => {
    const relationship = joinRelationship(a[id], b[id])
    return relationship === undefined ? [] : [[id, { ...relationship, ended_at: endOf(relationship, statements) }]]
  })
  return sorted(latest(joined))
}

function latest(relationships: readonly [string, RelationshipState][]): readonly [string, RelationshipState][] {
  if (relationships.length <= RELATIONSHIPS_KEPT) return relationships
  const newestFirst = relationships.toSorted(([a, one], [b, other]) => {
    const [ofOne, ofOther] = [one.provenance[0], other.provenance[0]]
    const byStamp = ofOne === undefined || ofOther === undefined ? 0 : compareStamps(ofOther, ofOne)
    return byStamp || compareText(a, b)
  })
  return newestFirst.slice(0, RELATIONSHIPS_KEPT)
}

export function joinRelationship(
  a: RelationshipState | undefined,
  b: RelationshipState | undefined,
): RelationshipState | undefined {
  if (a === undefined || b === undefined) return a ?? b
  // What is left of an erased one says nothing.
  if (a.provenance.length === 0 || b.provenance.length === 0) return a.provenance.length === 0 ? b : a
  const [newest, older] = compareRelationships(a, b) >= 0 ? [a, b] : [b, a]
  return {
    ...newest,
    client_ids: joinClients(a.client_ids, b.client_ids),
    first_seen: Math.min(a.first_seen, b.first_seen),
    ended_at: keptEnd(newest, older),
    provenance: keptSources(mergeSources(a.provenance, b.provenance)).map((source, place) => ({
      ...source,
      properties: place === 0 ? Object.keys(newest.properties).sort() : [],
    })),
  }
}

/** The newest, and of each text the newest that says so: by it that text's end is told. */
function keptSources(newestFirst: readonly Provenance[]): Provenance[] {
  const fields = new Set<string>()
  return newestFirst.filter(({ spans }, place) => {
    const isFirst = spans.some(({ field }) => !fields.has(field))
    for (const { field } of spans) fields.add(field)
    return place < SOURCES_KEPT || isFirst
  })
}

/** An end that was found earlier stays one only if it is later than the newest statement that names the relationship. */
function keptEnd(newest: RelationshipState, older: RelationshipState): number | null {
  const [seen, before] = [newest.provenance[0], older.provenance[0]]
  if (seen === undefined || before === undefined) return newest.ended_at
  const isSame = stampKey(seen) === stampKey(before)
  const ofOlder = older.ended_at !== null && (isSame || older.ended_at > seen.observed_at) ? older.ended_at : null
  return earliest([newest.ended_at, ofOlder])
}

/** When the first statement came that names every relationship of the type, or of the text, and not this one; null while none did. */
function endOf(
  { type, section, ended_at, provenance: [seen] }: RelationshipState,
  statements: readonly Provenance[],
): number | null {
  if (seen === undefined) return ended_at
  const ends = [type, section, '*']
  const later = statements.filter(
    (source) => source.sections.some((said) => ends.includes(said)) && compareStamps(source, seen) > 0,
  )
  return earliest([ended_at, ...later.map(({ observed_at }) => observed_at)])
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}

/** By the newest observation; beyond that by content, so that the order is total whatever comes. */
export function compareRelationships(a: RelationshipState, b: RelationshipState): number {
  const [ofA, ofB] = [a.provenance[0], b.provenance[0]]
  const byStamp = ofA === undefined || ofB === undefined ? 0 : compareStamps(ofA, ofB)
  return byStamp || compareJson([a.other, a.properties], [b.other, b.properties])
}

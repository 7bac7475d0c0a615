import type { JsonObject } from '@millrace/domain'
import type { Provenance } from '@millrace/schemas'
import type { GraphState } from './graph-state.ts'

/** Observations that are kept as provenance whether or not a property still rests on them. */
export const PROVENANCE_KEPT = 20
/** Clients that are kept of what many share (an employee); the others are found along its relationships. */
const CLIENTS_KEPT = 1_000

/**
 * Joins what two states of one node or relationship know: commutative, associative and idempotent, so that observations give one state in any
 * order and however often they come (property test). A node takes each property from the newest observation that has it; a relationship, whose
 * properties belong together, takes all of them and its target from the newest.
 */
export function joinStates(a: GraphState, b: GraphState): GraphState {
  const newest = compareStates(a, b) >= 0 ? a : b
  const suppliers = newest.subject === 'node' ? suppliersOf(a, b) : wholeOf(newest)
  const properties = [...suppliers].map(([name, { value }]): [string, unknown] => [name, value])
  return {
    tenant: newest.tenant,
    id: newest.id,
    subject: newest.subject,
    type: newest.type,
    from_id: newest.from_id,
    to_id: newest.to_id,
    properties: Object.fromEntries(properties),
    client_ids: [...new Set([...a.client_ids, ...b.client_ids])].sort().slice(0, CLIENTS_KEPT),
    first_seen: Math.min(a.first_seen, b.first_seen),
    last_seen: Math.max(a.last_seen, b.last_seen),
    retracted_at: newest.retracted_at,
    provenance: joinProvenance(a, b, suppliers),
  }
}

/** A property with the observation that it rests on. */
interface Supplied {
  readonly value: unknown
  readonly source: Provenance
}

function suppliersOf(a: GraphState, b: GraphState): Map<string, Supplied> {
  const [ofA, ofB] = [wholeOf(a), wholeOf(b)]
  const names = [...new Set([...ofA.keys(), ...ofB.keys()])].sort()
  return new Map(names.map((name) => [name, newerOf(ofA.get(name), ofB.get(name))] as const).filter(isSupplied))
}

function isSupplied(entry: readonly [string, Supplied | undefined]): entry is readonly [string, Supplied] {
  return entry[1] !== undefined
}

function newerOf(a: Supplied | undefined, b: Supplied | undefined): Supplied | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return (compareSources(a.source, b.source) || compareJson(a.value, b.value)) >= 0 ? a : b
}

/** Every property of a state with its source. */
function wholeOf(state: GraphState): Map<string, Supplied> {
  const sources = new Map(
    state.provenance.flatMap((source) => source.properties.map((name) => [name, source] as const)),
  )
  const [fallback] = state.provenance
  return new Map(
    Object.entries(state.properties).flatMap(([name, value]) => {
      const source = sources.get(name) ?? fallback
      return source === undefined ? [] : [[name, { value, source }] as const]
    }),
  )
}

function joinProvenance(a: GraphState, b: GraphState, suppliers: ReadonlyMap<string, Supplied>): Provenance[] {
  const names = new Map<string, string[]>()
  for (const [name, { source }] of suppliers) {
    const key = sourceKey(source)
    names.set(key, [...(names.get(key) ?? []), name])
  }
  const all = new Map([...a.provenance, ...b.provenance].map((source) => [sourceKey(source), source]))
  return [...all.values()]
    .sort((left, right) => compareSources(right, left))
    .map((source) => ({ ...source, properties: names.get(sourceKey(source)) ?? [] }))
    .filter((source, place) => place < PROVENANCE_KEPT || source.properties.length > 0)
}

function sourceKey({ observed_at, event_id, extractor_version, extractor }: Provenance): string {
  return JSON.stringify([observed_at, event_id, extractor_version, extractor])
}

/** The order of observations: time, event id, then the extractor's version, so that a later version's reading of an event replaces an earlier's. */
function compareSources(a: Provenance, b: Provenance): number {
  return (
    a.observed_at - b.observed_at ||
    compareText(a.event_id, b.event_id) ||
    a.extractor_version - b.extractor_version ||
    compareText(a.extractor, b.extractor)
  )
}

/** By the newest observation of each; beyond that by content, so that the order is total whatever comes. */
function compareStates(a: GraphState, b: GraphState): number {
  const [ofA, ofB] = [a.provenance[0], b.provenance[0]]
  const bySource = ofA === undefined || ofB === undefined ? 0 : compareSources(ofA, ofB)
  return bySource || compareJson(headOf(a), headOf(b))
}

function headOf({ type, to_id, retracted_at, properties, subject }: GraphState): JsonObject | unknown[] {
  return [type, to_id, retracted_at, subject === 'node' ? null : properties]
}

function compareJson(a: unknown, b: unknown): number {
  return compareText(JSON.stringify(a), JSON.stringify(b))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

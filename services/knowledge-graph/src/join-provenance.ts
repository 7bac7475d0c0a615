import type { JsonObject } from '@millrace/domain'
import type { Provenance } from '@millrace/schemas'
import { compareJson, compareStamps, orderSpans, stampKey } from './compare-stamps.ts'
import { sorted } from './graph-state.ts'

/** Observations of a node that are kept as provenance whether or not anything still rests on them. */
export const PROVENANCE_KEPT = 20

interface Told {
  readonly properties: JsonObject
  readonly provenance: readonly Provenance[]
}

/** A property with the observation that it rests on. */
interface Supplied {
  readonly value: unknown
  readonly source: Provenance
}

/**
 * Joins what two states say of one node: each property from the newest observation that has it, and the newest observations, beside those on
 * which a property, the end of a relationship or the node's standing still rests. Commutative, associative and idempotent.
 */
export function joinProperties(a: Told, b: Told): Told {
  const suppliers = suppliersOf(a, b)
  const names = Map.groupBy(suppliers, ([, { source }]) => stampKey(source))
  const newestFirst = mergeSources(a.provenance, b.provenance)
  const restedOn = newestStatements(newestFirst)
  const provenance = newestFirst
    .map((source) => ({ ...source, properties: (names.get(stampKey(source)) ?? []).map(([name]) => name).sort() }))
    .filter(
      (source, place) => place < PROVENANCE_KEPT || source.properties.length > 0 || restedOn.has(stampKey(source)),
    )
  return { properties: sorted(suppliers.map(([name, { value }]) => [name, value])), provenance }
}

/** Every observation of both, newest first. One that came in several records is one. */
export function mergeSources(a: readonly Provenance[], b: readonly Provenance[]): Provenance[] {
  const merged = new Map<string, Provenance>()
  for (const source of [...a, ...b]) {
    const key = stampKey(source)
    const known = merged.get(key)
    merged.set(key, known === undefined ? source : mergeSource(known, source))
  }
  return [...merged.values()].sort((left, right) => compareStamps(right, left))
}

function mergeSource(a: Provenance, b: Provenance): Provenance {
  return {
    ...a,
    sections: a.sections.length === 0 ? b.sections : [...new Set([...a.sections, ...b.sections])].sort(),
    standing: [a.standing, b.standing].sort().at(-1) ?? '',
    spans: orderSpans([...a.spans, ...b.spans]),
  }
}

/** The newest statement of each section, and of the standing. */
function newestStatements(newestFirst: readonly Provenance[]): Set<string> {
  const newest = new Map<string, string>()
  for (const source of newestFirst) {
    const said = source.standing === '' ? source.sections : [...source.sections, 'standing of the node']
    for (const section of said) if (!newest.has(section)) newest.set(section, stampKey(source))
  }
  return new Set(newest.values())
}

function suppliersOf(a: Told, b: Told): [string, Supplied][] {
  const supplied = suppliedBy(a)
  for (const [name, of] of suppliedBy(b)) {
    const known = supplied.get(name)
    if (known === undefined || compareSupplied(of, known) > 0) supplied.set(name, of)
  }
  return [...supplied]
}

function compareSupplied(a: Supplied, b: Supplied): number {
  return compareStamps(a.source, b.source) || compareJson(a.value, b.value)
}

/** Every property of a state with its source. */
function suppliedBy({ properties, provenance }: Told): Map<string, Supplied> {
  const sources = new Map(provenance.flatMap((source) => source.properties.map((name) => [name, source] as const)))
  const [fallback] = provenance
  return new Map(
    Object.entries(properties).flatMap(([name, value]) => {
      const source = sources.get(name) ?? fallback
      return source === undefined ? [] : [[name, { value, source }] as const]
    }),
  )
}

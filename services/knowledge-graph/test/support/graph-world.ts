import type { OutRecord } from '@millrace/kafka'
import { type KnowledgeNode, type KnowledgeObservation, type KnowledgeRelationship, topics } from '@millrace/schemas'
import { foldObservation } from '../../src/fold-observation.ts'
import { encodeState, type GraphState, statesOfNode, statesOfRelationship } from '../../src/graph-state.ts'
import { joinStates } from '../../src/join-states.ts'
import { publishGraph } from '../../src/publish-graph.ts'

interface Owned {
  readonly state: GraphState
  /** Null: not known. */
  readonly published: GraphState | null
  readonly wasPublished: boolean
}

/** The two compacted topics as the fold leaves them. */
export interface GraphTables {
  readonly nodes: ReadonlyMap<string, KnowledgeNode>
  readonly relationships: ReadonlyMap<string, KnowledgeRelationship>
}

export interface FoldOptions {
  /** 0 up to 1, not included. */
  readonly random: () => number
  /** How often a process dies after its state was written and before the commit, so that the record comes again. */
  readonly crashes?: number
  /** What is seen after Redis lost everything, and the states were read back from the topics. */
  readonly afterLoss?: readonly KnowledgeObservation[]
}

/**
 * Folds observations in a random order as the topics would bring them: what extractions saw in any order, what one key's owner tells another in
 * its own order. By the rule of `createFoldApply` of packages/kafka: a state whose publication is not known is published as a whole.
 */
export function foldRandomly(
  seen: readonly KnowledgeObservation[],
  { random, crashes = 0, afterLoss = [] }: FoldOptions,
): GraphTables {
  const owned = new Map<string, Owned>()
  const tables = { nodes: new Map<string, KnowledgeNode>(), relationships: new Map<string, KnowledgeRelationship>() }
  const lanes = new Map<string, KnowledgeObservation[]>(seen.map((each, index) => [`extracted ${index}`, [each]]))
  foldAll()
  if (afterLoss.length > 0) readBack()
  for (const [index, each] of afterLoss.entries()) lanes.set(`extracted later ${index}`, [each])
  foldAll()
  return tables

  function foldAll(): void {
    while (lanes.size > 0) {
      const names = [...lanes.keys()]
      const name = names[Math.floor(random() * names.length)] ?? ''
      const lane = lanes.get(name) ?? []
      const [next] = lane
      if (next === undefined) lanes.delete(name)
      else if (fold(next, random() < crashes)) lane.shift()
    }
  }

  function readBack(): void {
    owned.clear()
    const nodes = [...tables.nodes.values()].flatMap((node) => [...statesOfNode(node)])
    const relationships = [...tables.relationships.values()].flatMap((each) => [...statesOfRelationship(each)])
    for (const state of [...nodes, ...relationships]) {
      const known = owned.get(state.id)?.state
      const joined = known === undefined ? joinStates(state, state) : joinStates(known, state)
      owned.set(state.id, { state: joined, published: null, wasPublished: true })
    }
  }

  function fold(value: KnowledgeObservation, isCrash: boolean): boolean {
    const known = owned.get(value.id)
    const state = foldObservation(known?.state, { value }) as GraphState
    const isSame = known !== undefined && encodeState(known.state) === encodeState(state)
    if (isSame && known.published !== null) return true
    if (isCrash) {
      owned.set(value.id, { state, published: null, wasPublished: known?.wasPublished ?? false })
      return false
    }
    const isFirst = known === undefined || !known.wasPublished
    const before = known?.published ?? undefined
    for (const output of publishGraph(state, { before, isFirst })) write(value.id, output)
    owned.set(value.id, { state, published: state, wasPublished: true })
    return true
  }

  function write(sender: string, { topic, key, value }: OutRecord<unknown>): void {
    if (topic.name === topics.observations.name) {
      const told = value as KnowledgeObservation
      const lane = `${sender} tells ${told.id}`
      lanes.set(lane, [...(lanes.get(lane) ?? []), told])
      return
    }
    const table: Map<string, unknown> = topic.name === topics.nodes.name ? tables.nodes : tables.relationships
    if (value === null) table.delete(key)
    else table.set(key, value)
  }
}

/** Equal topics have equal texts. */
export function textOf({ nodes, relationships }: GraphTables): string {
  return [...nodes, ...relationships]
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
    .toSorted()
    .join('\n')
}

/** Always the same numbers of a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

import { taskExtractor } from '../../src/extract-task.ts'
import type { Extraction, Graph, Scope } from '../../src/extractor.ts'

const scope: Scope = { account: 'default', clientId: 'acme', type: 'task.received', at: 1_772_366_400_000 }

export function extract(body: unknown, changes: Partial<Scope> = {}): Extraction {
  return taskExtractor.extract(body, { ...scope, ...changes })
}

/** The graph of a task, or a failed test. */
export function graphOf(task: Record<string, unknown>, changes: Partial<Scope> = {}): Graph {
  const extraction = extract(
    { client_id: 'acme', action_id: 'get_client_data', task: { id: 't1', name: 'T', ...task } },
    changes,
  )
  if (!extraction.ok) throw new Error(JSON.stringify(extraction.problems))
  return extraction.graph
}

export function nodesOf(graph: Graph, type: string) {
  return graph.nodes.filter((node) => node.type === type)
}

export function relationshipsOf(graph: Graph, type: string) {
  return graph.relationships.filter((relationship) => relationship.type === type)
}

/** A field value's node by the field's id. */
export function fieldValue(graph: Graph, fieldId: string) {
  return nodesOf(graph, 'custom_field_value').find((node) => node.properties.field_id === fieldId)
}

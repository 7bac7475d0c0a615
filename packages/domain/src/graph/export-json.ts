import type { KnowledgeNode, KnowledgeRelationship } from '@millrace/schemas'
import { type ClientGraph, propertiesOf } from './client-graph.ts'

/** The client's graph as one JSON document, piece by piece: one node and one relationship a line. */
export function* jsonText({ tenant, clientId, roots, nodes, relationships }: ClientGraph): Generator<string> {
  yield `{"tenant":${JSON.stringify(tenant)},"client_id":${JSON.stringify(clientId)},"roots":${JSON.stringify(roots)},\n"nodes":[\n`
  yield* listed(nodes.values())
  yield `],\n"relationships":[\n`
  yield* listed(relationships)
  yield ']}\n'
}

function* listed(values: Iterable<KnowledgeNode | KnowledgeRelationship>): Generator<string> {
  let separator = ''
  for (const value of values) {
    const { properties_json, tenant, ...rest } = value
    yield `${separator}${JSON.stringify({ ...rest, properties: propertiesOf(value) })}`
    separator = ',\n'
  }
  yield '\n'
}

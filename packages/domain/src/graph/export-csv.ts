import type { KnowledgeRelationship } from '@millrace/schemas'
import { type ClientGraph, propertiesOf } from './client-graph.ts'
import { cellOf, columnsOf } from './columns.ts'

/**
 * Nodes in the form that Neo4j's bulk import takes (neo4j.com/docs/operations-manual/current/import/#import-tool-header-format): RFC 4180 with
 * typed headers. An empty cell is an absent value, `""` the empty text.
 */
export function* nodesCsv({ nodes }: ClientGraph): Generator<string> {
  const columns = columnsOf(nodes.values(), ['node_id', 'label', 'first_seen', 'last_seen', 'properties_json'])
  yield row([
    'node_id:ID',
    ':LABEL',
    'label:string',
    'first_seen:long',
    'last_seen:long',
    ...headers(columns),
    'properties_json:string',
  ])
  for (const node of nodes.values()) {
    const properties = propertiesOf(node)
    const own = columns.map((column) => cellOf(properties, column))
    const { id, type, label, first_seen, last_seen, properties_json } = node
    yield row([id, type, label, String(first_seen), String(last_seen), ...own, properties_json])
  }
}

/** Relationships in the same form. */
export function* relationshipsCsv({ relationships }: ClientGraph): Generator<string> {
  const taken = ['relationship_id', 'first_seen', 'last_seen', 'valid_to', 'properties_json']
  const columns = columnsOf(relationships, taken)
  yield row([
    ':START_ID',
    ':END_ID',
    ':TYPE',
    'relationship_id:string',
    'first_seen:long',
    'last_seen:long',
    'valid_to:long',
    ...headers(columns),
    'properties_json:string',
  ])
  for (const relationship of relationships) yield row(cellsOf(relationship, columns))
}

function cellsOf(relationship: KnowledgeRelationship, columns: ReturnType<typeof columnsOf>): (string | undefined)[] {
  const { id, type, from_id, to_id, first_seen, last_seen, valid_to, properties_json } = relationship
  const properties = propertiesOf(relationship)
  const own = columns.map((column) => cellOf(properties, column))
  const until = valid_to === null ? undefined : String(valid_to)
  return [from_id, to_id, type, id, String(first_seen), String(last_seen), until, ...own, properties_json]
}

function headers(columns: ReturnType<typeof columnsOf>): string[] {
  return columns.map(({ name, type }) => `${name}:${type}`)
}

/** One record of RFC 4180. */
function row(cells: readonly (string | undefined)[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

function cell(text: string | undefined): string {
  if (text === undefined) return ''
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

import { Readable } from 'node:stream'
import { type ClientGraph, graphmlText, jsonText, nodesCsv, relationshipsCsv } from '@millrace/domain'

export interface ExportChoice {
  readonly format: 'json' | 'csv' | 'graphml'
  readonly part: 'nodes' | 'relationships'
}

export interface ExportFile {
  /** Safe in a header and as a file's name. */
  readonly name: string
  readonly type: string
  readonly body: Readable
}

/** A client's graph as a file, piece by piece; the forms are those of `millrace graph` (docs/graph.md). */
export function exportFile(graph: ClientGraph, { format, part }: ExportChoice): ExportFile {
  const client = graph.clientId.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 80)
  if (format === 'csv') {
    const pieces = part === 'nodes' ? nodesCsv(graph) : relationshipsCsv(graph)
    return { name: `${client}-${part}.csv`, type: 'text/csv; charset=utf-8', body: Readable.from(pieces) }
  }
  if (format === 'graphml')
    return { name: `${client}.graphml`, type: 'application/graphml+xml', body: Readable.from(graphmlText(graph)) }
  return { name: `${client}.json`, type: 'application/json', body: Readable.from(jsonText(graph)) }
}

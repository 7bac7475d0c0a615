import { type ClientGraph, propertiesOf } from './client-graph.ts'
import { type Column, cellOf, columnsOf } from './columns.ts'

/** The client's graph as GraphML (graphml.graphdrawing.org/primer/graphml-primer.html), typed attributes and all. */
export function* graphmlText({ nodes, relationships, clientId }: ClientGraph): Generator<string> {
  const ofNodes = columnsOf(nodes.values(), ['type', 'label', 'first_seen', 'last_seen', 'properties_json'])
  const ofEdges = columnsOf(relationships, ['type', 'first_seen', 'last_seen', 'valid_to', 'properties_json'])
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
  yield keys('node', [
    fixed('type'),
    fixed('label'),
    fixed('first_seen', 'long'),
    fixed('last_seen', 'long'),
    ...ofNodes,
    fixed('properties_json'),
  ])
  yield keys('edge', [
    fixed('type'),
    fixed('first_seen', 'long'),
    fixed('last_seen', 'long'),
    fixed('valid_to', 'long'),
    ...ofEdges,
    fixed('properties_json'),
  ])
  yield `<graph id="${attribute(clientId)}" edgedefault="directed">\n`
  for (const node of nodes.values()) {
    const { id, type, label, first_seen, last_seen, properties_json } = node
    const own = dataOf('node', ofNodes, propertiesOf(node))
    const common = { type, label, first_seen, last_seen }
    yield `<node id="${attribute(id)}">${data('node', common)}${own}${data('node', { properties_json })}</node>\n`
  }
  for (const relationship of relationships) {
    const { id, type, from_id, to_id, first_seen, last_seen, valid_to, properties_json } = relationship
    const own = dataOf('edge', ofEdges, propertiesOf(relationship))
    const common = { type, first_seen, last_seen, ...(valid_to === null ? {} : { valid_to }) }
    yield `<edge id="${attribute(id)}" source="${attribute(from_id)}" target="${attribute(to_id)}">`
    yield `${data('edge', common)}${own}${data('edge', { properties_json })}</edge>\n`
  }
  yield '</graph>\n</graphml>\n'
}

type Part = 'node' | 'edge'

function fixed(name: string, type: Column['type'] = 'string'): Column {
  return { property: name, name, type }
}

function keys(part: Part, columns: readonly Column[]): string {
  return columns
    .map(({ name, type }) => `<key id="${part}.${name}" for="${part}" attr.name="${name}" attr.type="${type}"/>\n`)
    .join('')
}

function data(part: Part, values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `<data key="${part}.${name}">${content(String(value))}</data>`)
    .join('')
}

function dataOf(part: Part, columns: readonly Column[], properties: Readonly<Record<string, unknown>>): string {
  return columns
    .map((column) => [column.name, cellOf(properties, column)] as const)
    .map(([name, value]) => (value === undefined ? '' : data(part, { [name]: value })))
    .join('')
}

/** What XML 1.0 cannot hold in any form (www.w3.org/TR/xml/#charsets). */
const noCharacter = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

function content(text: string): string {
  return text
    .replace(noCharacter, '\u{fffd}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}

function attribute(text: string): string {
  return content(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}

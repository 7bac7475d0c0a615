import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ClientGraph, graphmlText, jsonText, nodesCsv, relationshipsCsv } from '@millrace/domain'
import { type Call, command, type Terminal, usage } from './command.ts'
import { cannotWrite } from './files.ts'
import { readGraph } from './graph/read-graph.ts'
import { treeLines } from './graph/tree.ts'
import { withKafka } from './with-kafka.ts'

const options = {
  tenant: { type: 'string', value: 'NAME', doc: 'Whose client it is; default "default".' },
  format: { type: 'string', value: 'tree|json|csv|graphml', doc: 'Default tree.' },
  out: { type: 'string', value: 'PATH', doc: 'File to write to; for csv a directory (nodes.csv, relationships.csv).' },
  depth: { type: 'string', value: 'N', doc: 'Levels of the tree; default 6.' },
  all: { type: 'boolean', doc: 'Also relationships that have ended, with the time of their end.' },
} as const

type GraphCall = Call<typeof options>
type Format = 'tree' | 'json' | 'csv' | 'graphml'

const DEFAULT_DEPTH = 6

/** `graph`: what is known of a client. */
export const graph = command({
  name: 'graph',
  takes: ['CLIENT'],
  summary: "Show a client's knowledge graph as a tree, or export it.",
  details: [
    'CLIENT is the id that callers use (client_id). The graph is what docs/graph.md describes: the client’s tasks, what they say and',
    'name, and the conversations with people whose addresses they name.',
    'csv is the form of Neo4j’s bulk import (with --multiline-fields=true). It holds what others wrote, unchanged: a spreadsheet may take',
    'cells that begin with = + - @ for formulas, so import it as text.',
    '',
    'With --all, what an ended relationship led to may be gone itself: then it is its id, and its property is_gone is true. Of what has one',
    'target at a time (status, priority, creator) the graph keeps the present one, not those before it.',
    '',
    'millrace graph client-123',
    'millrace graph client-123 --format csv --out client-123',
    'millrace graph client-123 --format graphml --out client-123.graphml',
  ].join('\n'),
  options,
  async run(call, terminal) {
    const plan = planOf(call)
    const graph = await withKafka(({ kafka }) =>
      readGraph(kafka, {
        tenant: plan.tenant,
        client: call.args[0] ?? '',
        hasEnded: call.options.all === true,
        signal: terminal.signal,
        onProgress: terminal.note,
      }),
    )
    await write(graph, plan, terminal)
    return 0
  },
})

function planOf({ options: { format = 'tree', out, depth = String(DEFAULT_DEPTH), tenant = 'default' } }: GraphCall) {
  if (!isFormat(format)) throw usage(`--format is tree, json, csv or graphml, not "${format}"`, 'graph')
  if (format === 'csv' && out === undefined) throw usage('--format csv needs --out DIR: it is two files', 'graph')
  if (!/^[1-9]\d{0,2}$/.test(depth)) throw usage(`--depth is a whole number from 1 to 999, not "${depth}"`, 'graph')
  return { format, out, depth: Number(depth), tenant }
}

function isFormat(text: string): text is Format {
  return ['tree', 'json', 'csv', 'graphml'].includes(text)
}

async function write(graph: ClientGraph, { format, out, depth }: ReturnType<typeof planOf>, terminal: Terminal) {
  const files = filesOf(graph, format, out ?? '', depth)
  if (out === undefined) {
    for (const [, pieces] of files) await print(pieces, terminal)
    return
  }
  for (const [path, pieces] of files) {
    await toFile(path, pieces, format === 'csv' ? out : undefined)
    terminal.line(path)
  }
  const { nodes, relationships } = graph
  terminal.note(`${nodes.size} nodes, ${relationships.length} relationships`)
}

/** What goes into which file. */
function filesOf(graph: ClientGraph, format: Format, out: string, depth: number): [string, Iterable<string>][] {
  if (format === 'csv')
    return [
      [join(out, 'nodes.csv'), nodesCsv(graph)],
      [join(out, 'relationships.csv'), relationshipsCsv(graph)],
    ]
  if (format === 'json') return [[out, jsonText(graph)]]
  return [[out, format === 'graphml' ? graphmlText(graph) : ended(treeLines(graph, depth))]]
}

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`
}

/** A large graph is written as fast as it is read. */
async function print(pieces: Iterable<string>, terminal: Terminal): Promise<void> {
  let rest = ''
  for (const piece of pieces) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) terminal.line(line)
    await terminal.drained()
  }
  if (rest !== '') terminal.line(rest)
}

async function toFile(path: string, pieces: Iterable<string>, directory: string | undefined): Promise<void> {
  try {
    if (directory !== undefined) await mkdir(directory, { recursive: true })
    await pipeline(Readable.from(pieces), createWriteStream(path))
  } catch (cause) {
    cannotWrite(path, cause)
  }
}

import { type Document, isMap, isScalar, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml'
import { findBrokenBound } from './yaml-bounds.ts'
import { wordsFor } from './yaml-words.ts'

/** A place in a file; line and column count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A problem in a file: where, by place and field (`sources[0].path`; empty for the file itself), and the rule that is broken. */
export interface Problem extends Place {
  readonly field: string
  readonly rule: string
}

export type Path = readonly (string | number)[]

/** A YAML file that remembers the place of each of its fields. */
export interface YamlFile {
  readonly value: unknown
  /** Where a field is: its key, in a list its item; of one that is missing, what should hold it. */
  placeOf(path: Path): Place
}

/** What stands behind a reference: its text, or why there is none. */
export type Resolve = (name: string) => { readonly text: string } | { readonly rule: string }

/** Aliases that may be followed, all in all: beyond it a small file would become a large value. */
const MAX_ALIASES = 50

/**
 * Parses one YAML document, replacing `${NAME}` in texts by what `resolve` gives. Never throws. Messages quote nothing of the file but the names of
 * fields: the rest may be a secret, also where it is broken.
 */
export function parseYaml(text: string, resolve: Resolve): YamlFile | Problem[] {
  const lines = new LineCounter()
  const broken = findBrokenBound(text)
  if (broken !== undefined) return [{ ...placeIn(text, broken.offset), field: '', rule: broken.rule }]
  const document = parseWithoutTraces(text, lines)
  // Only the first: the others are mostly its consequences.
  const [fault] = [...document.errors, ...document.warnings]
  if (fault !== undefined) return [{ ...place(lines, fault.pos[0]), field: '', rule: wordsFor(fault.code) }]
  const problems = [...findTwins(document, lines), ...replaceReferences(document, lines, resolve)]
  if (problems.length > 0) return problems
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES })
    return { value, placeOf: (path) => place(lines, nodeAt(document, path)?.range?.[0] ?? 0) }
  } catch {
    const rule = 'has an alias without its anchor, or aliases that make it too large'
    return [{ ...place(lines, firstAlias(document)), field: '', rule }]
  }
}

/** A text of nothing but mistakes makes thousands of errors, and a stack trace costs more than all else of each. */
function parseWithoutTraces(text: string, lineCounter: LineCounter): Document {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    // Its own search for twins compares every pair of keys, and its warnings quote the file.
    const options = {
      uniqueKeys: false,
      stringKeys: true,
      merge: false,
      prettyErrors: false,
      logLevel: 'silent',
    } as const
    return parseDocument(text, { ...options, lineCounter })
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

function replaceReferences(document: Document, lines: LineCounter, resolve: Resolve): Problem[] {
  const problems: Problem[] = []
  visit(document, {
    Scalar(key, node, parents) {
      if (key === 'key' || typeof node.value !== 'string') return
      node.value = node.value.replace(reference, (whole, name: string | undefined) => {
        if (name === undefined) return '${'
        const found = resolve(name)
        if ('text' in found) return found.text
        const at = place(lines, node.range?.[0] ?? 0)
        problems.push({ ...at, field: showPath(pathTo(parents, node)), rule: `${whole} ${found.rule}` })
        return ''
      })
    },
  })
  return problems
}

function findTwins(document: Document, lines: LineCounter): Problem[] {
  const problems: Problem[] = []
  visit(document, {
    Map(_, map, parents) {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key
        if (seen.has(name)) {
          const at = place(lines, isScalar(key) ? (key.range?.[0] ?? 0) : 0)
          problems.push({ ...at, field: showPath(pathTo(parents, map)), rule: 'has the same field twice' })
        }
        seen.add(name)
      }
    },
  })
  return problems
}

/** The path of a node whose ancestors are `parents`, as `visit` gives them. */
function pathTo(parents: readonly unknown[], node: unknown): Path {
  const chain = [...parents, node]
  return chain.flatMap((at, index): Path => {
    const child = chain[index + 1]
    if (child === undefined) return []
    if (typeof at !== 'object' || at === null || !('items' in at) || !Array.isArray(at.items)) return []
    if (!isMap(at)) return [at.items.indexOf(child)]
    const { key } = child as Pair
    return [isScalar(key) ? String(key.value) : '']
  })
}

function firstAlias(document: Document): number {
  let offset = 0
  visit(document, {
    Alias(_, node) {
      offset = node.range?.[0] ?? 0
      return visit.BREAK
    },
  })
  return offset
}

/** The node of a field, or of its nearest parent that is there; of a key in a map, the key, since that is what one looks for. */
function nodeAt(document: Document, path: Path): Node | undefined {
  for (let length = path.length; length >= 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true)
    const last = path[length - 1]
    if (length > 0 && isMap(parent)) {
      const key = parent.items.find((item) => isScalar(item.key) && item.key.value === last)?.key
      if (isScalar(key)) return key
    }
    const node = document.getIn(path.slice(0, length), true)
    if (node !== undefined && node !== null) return node as Node
  }
  return undefined
}

function place(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

/** For a text that was not given to the parser. */
function placeIn(text: string, offset: number): Place {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - lineStart + 1 }
}

/** A field's name as it may be shown; what does not look like one may be a misplaced secret. */
const fieldName = /^[a-z]+(_[a-z]+)*$/
/** Names of entries that the file chooses itself. */
const entryName = /^[a-z0-9][a-z0-9_-]{0,62}$/

/** `['sources', 0, 'path']` as `sources[0].path`. */
export function showPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`
      const isShown = index === 1 && path[0] === 'providers' ? entryName.test(part) : fieldName.test(part)
      return isShown ? `.${part}` : '.<unnamed>'
    })
    .join('')
    .replace(/^\./, '')
}

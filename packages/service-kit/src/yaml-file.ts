import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'

/** A problem in a file: where, by line (from 1) and field (`sources[0].path`), and what. */
export interface Problem {
  readonly line: number
  readonly field: string
  readonly rule: string
}

export type Path = readonly (string | number)[]

/** A YAML file that remembers the line of each of its fields. */
export interface YamlFile {
  readonly value: unknown
  lineOf(path: Path): number
}

/** What stands behind a reference: its text, or why there is none. */
export type Resolve = (name: string) => { readonly text: string } | { readonly rule: string }

/** Parses, replacing `${NAME}` in texts by what `resolve` gives. */
export function parseYaml(text: string, resolve: Resolve): YamlFile | Problem[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [broken] = document.errors
  // Only the first: the others are mostly its consequences. Its message may quote a part of the file, which may be a secret.
  if (broken !== undefined)
    return [{ line: lines.linePos(broken.pos[0]).line, field: '', rule: broken.message.replace(/:? ".*$/s, '') }]
  const unresolved = replaceReferences(document, lines, resolve)
  if (unresolved.length > 0) return unresolved
  try {
    return {
      value: document.toJS({ maxAliasCount: 50 }),
      lineOf: (path) => lines.linePos(nodeAt(document, path)?.range?.[0] ?? 0).line,
    }
  } catch (error) {
    return [{ line: 1, field: '', rule: error instanceof Error ? error.message : String(error) }]
  }
}

const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

function replaceReferences(document: Document, lines: LineCounter, resolve: Resolve): Problem[] {
  const problems: Problem[] = []
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string') return
      node.value = node.value.replace(reference, (whole, name: string | undefined) => {
        if (name === undefined) return '${'
        const found = resolve(name)
        if ('text' in found) return found.text
        problems.push({ line: lines.linePos(node.range?.[0] ?? 0).line, field: whole, rule: found.rule })
        return ''
      })
    },
  })
  return problems
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

/** `['sources', 0, 'path']` as `sources[0].path`. */
export function showPath(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
}

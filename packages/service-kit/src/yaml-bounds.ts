import { CST, Lexer } from 'yaml'

/** What a text may hold at most before it is parsed. The parser's work grows beyond its length with each of these. */
export const yamlBounds = { bytes: 524_288, depth: 32, indentation: 128, onOneLine: 16, marks: 100 } as const

/** Where a text (by offset) breaks a bound, and which. */
export interface BrokenBound {
  readonly offset: number
  readonly rule: string
}

/**
 * Reads the tokens alone, in time linear in the text, and tells the first bound that is broken: a thousand nested `? ` keep the parser busy for minutes,
 * and a thousand brackets overflow its stack.
 */
export function findBrokenBound(text: string): BrokenBound | undefined {
  if (Buffer.byteLength(text) > yamlBounds.bytes)
    return { offset: 0, rule: `is larger than ${yamlBounds.bytes / 1_024} KiB` }
  const counts = { depth: 0, indicators: 0, marks: 0 }
  let offset = 0
  let isScalar = false
  for (const token of new Lexer().lex(text)) {
    const type: CST.TokenType | null = isScalar ? 'scalar' : CST.tokenType(token)
    const rule = isScalar ? undefined : count(counts, type, token)
    if (rule !== undefined) return { offset, rule }
    // The lexer says in a token of its own, which is not in the text, that a scalar comes next.
    isScalar = !isScalar && type === 'scalar'
    if (!isMark(token)) offset += token.length
  }
  return undefined
}

function isMark(token: string): boolean {
  return token === CST.DOCUMENT || token === CST.SCALAR || token === CST.FLOW_END
}

function count(
  counts: { depth: number; indicators: number; marks: number },
  type: CST.TokenType | null,
  token: string,
): string | undefined {
  switch (type) {
    case 'newline':
      counts.indicators = 0
      return undefined
    case 'space':
      return token.length > yamlBounds.indentation && counts.indicators === 0 ? 'is indented too far' : undefined
    case 'explicit-key-ind':
      return 'starts a key with a question mark, which is not taken here'
    case 'seq-item-ind':
    case 'map-value-ind':
      counts.indicators += 1
      return counts.depth === 0 && counts.indicators > yamlBounds.onOneLine ? 'nests too much on one line' : undefined
    case 'flow-seq-start':
    case 'flow-map-start':
      counts.depth += 1
      return counts.depth > yamlBounds.depth ? 'is nested too deeply' : undefined
    case 'flow-seq-end':
    case 'flow-map-end':
      counts.depth = Math.max(0, counts.depth - 1)
      return undefined
    case 'anchor':
    case 'alias':
    case 'tag':
    case 'directive-line':
    case 'doc-start':
      counts.marks += 1
      return counts.marks > yamlBounds.marks ? 'has too many anchors, aliases, tags or documents' : undefined
    default:
      return undefined
  }
}

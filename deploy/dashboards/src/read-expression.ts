import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

export interface Matcher {
  readonly label: string
  readonly op: string
  readonly value: string
}

export interface Selector {
  /** Undefined where matchers alone select. */
  readonly metric: string | undefined
  readonly matchers: readonly Matcher[]
  readonly text: string
}

/** What an expression is made from, as far as it can name something that does not exist. */
export interface Expression {
  readonly selectors: readonly Selector[]
  /** Labels that it groups, matches or joins by. */
  readonly labels: readonly string[]
  /** Labels that it makes, by `label_replace` and the like. */
  readonly made: readonly string[]
}

const DURATIONS = /\$__(rate_interval|range|interval)|\$\{__(rate_interval|range|interval)\}/g

/** Replaces Grafana's durations, which are no PromQL, by one that is. */
export function withDurations(expr: string, duration: string): string {
  return expr.replace(DURATIONS, duration)
}

/**
 * Reads PromQL (with Grafana's durations) by Prometheus's own grammar.
 * @throws Error with the place where it is no PromQL
 */
export function readExpression(expr: string): Expression {
  const text = withDurations(expr, '5m')
  const selectors: Selector[] = []
  const labels = new Set<string>()
  const made = new Set<string>()
  parser.parse(text).iterate({
    enter: ({ type, node, from, to }) => {
      if (type.isError) throw new Error(`no PromQL at character ${from}: ${text}`)
      if (type.name === 'VectorSelector') selectors.push(selectorOf(node, text))
      if (type.name === 'LabelName' && node.parent?.name === 'GroupingLabels') labels.add(text.slice(from, to))
      if (type.name === 'FunctionCall') for (const label of labelsMade(node, text)) made.add(label)
    },
  })
  return { selectors, labels: [...labels], made: [...made] }
}

function selectorOf(node: SyntaxNode, text: string): Selector {
  const name = node.getChild('Identifier')
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []
  return {
    metric: name ? text.slice(name.from, name.to) : undefined,
    matchers: matchers.map((matcher) => {
      const part = (kind: string) => {
        const child = matcher.getChild(kind)
        return child ? text.slice(child.from, child.to) : ''
      }
      return { label: part('LabelName'), op: part('MatchOp'), value: unquoted(part('StringLiteral')) }
    }),
    text: text.slice(node.from, node.to),
  }
}

/** The label that `label_replace` or `label_join` writes is their second argument. */
function labelsMade(node: SyntaxNode, text: string): string[] {
  const name = node.getChild('FunctionIdentifier')
  if (!name || !/^label_(replace|join)$/.test(text.slice(name.from, name.to))) return []
  const strings = node.getChild('FunctionCallBody')?.getChildren('StringLiteral') ?? []
  const [first] = strings
  return first ? [unquoted(text.slice(first.from, first.to))] : []
}

function unquoted(text: string): string {
  return text.slice(1, -1)
}

/** Labels in a legend: `{{source}}`. */
export function labelsInLegend(legend: string): string[] {
  return Array.from(legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g), ([, label = '']) => label)
}

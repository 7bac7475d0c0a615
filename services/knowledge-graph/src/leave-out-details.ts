import type { Graph } from './extractor.ts'
import type { DraftNode, DraftRelationship } from './graph-draft.ts'

/** Properties of a task that are text which somebody wrote. Its name stays: it says which task it is. */
const texts = new Set([
  'description',
  'text_content',
  'markdown_description',
  'markdown_content',
  'checklists',
  'comment',
  'comments',
])

/** The relationship of a text to what it names. */
const MENTIONS: string = 'mentions'

/**
 * The graph for who did not ask for details: without the task's text, what that text mentions, and what is in the graph for a mention only.
 * The values of custom fields stay, with what they mention.
 */
export function leaveOutDetails(graph: Graph): Graph {
  // The event's own task is found first; others are there because something names them.
  const task = graph.nodes.find(({ type }) => type === 'task')?.id
  const others = graph.relationships.filter(({ type, from_id }) => type !== MENTIONS || from_id !== task)
  const roots = graph.nodes.filter(({ id, type }) => id === task || type === 'client').map(({ id }) => id)
  const kept = ledToBy(roots, others)
  return {
    ...graph,
    nodes: graph.nodes.filter(({ id }) => kept.has(id)).map(withoutText),
    relationships: others.filter(({ from_id, to_id }) => kept.has(from_id) && kept.has(to_id)),
  }
}

/** The roots and all that relationships lead to from there. */
function ledToBy(roots: readonly string[], relationships: readonly DraftRelationship[]): ReadonlySet<string> {
  const found = new Set(roots)
  for (let size = 0; size < found.size; ) {
    size = found.size
    for (const { from_id, to_id } of relationships) if (found.has(from_id)) found.add(to_id)
  }
  return found
}

function withoutText(node: DraftNode): DraftNode {
  if (node.type !== 'task') return node
  const properties = Object.fromEntries(Object.entries(node.properties).filter(([name]) => !texts.has(name)))
  return { ...node, properties }
}

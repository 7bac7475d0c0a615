import { type ClientGraph, propertiesOf } from '@millrace/domain'
import type { KnowledgeNode } from '@millrace/schemas'

interface Branch {
  /** How it hangs on the line above: `assigned_to`. */
  readonly via: string
  readonly id: string
}

const LONGEST_TEXT = 100

/** The client's graph as a tree for people: its tasks with what they say, then the conversations with its contacts. */
export function* treeLines(graph: ClientGraph, maxDepth: number): Generator<string> {
  const below = branchesOf(graph)
  const shown = new Set<string>()
  function* lines({ via, id }: Branch, lead: string, indent: string, depth: number): Generator<string> {
    const branches = below.get(id) ?? []
    const isAgain = shown.has(id) && branches.length > 0
    const isCut = depth >= maxDepth && branches.length > 0
    const end = isAgain ? '  (see above)' : isCut ? `  (${branches.length} more)` : ''
    yield `${lead}${via === '' ? '' : `${via}: `}${describe(graph.nodes.get(id), id)}${end}`
    if (isAgain || isCut) return
    shown.add(id)
    for (const [place, branch] of branches.entries()) {
      const isLast = place === branches.length - 1
      yield* lines(branch, `${indent}${isLast ? '└─ ' : '├─ '}`, `${indent}${isLast ? '   ' : '│  '}`, depth + 1)
    }
  }
  for (const root of graph.roots) yield* lines({ via: '', id: root }, '', '', 0)
}

/** What hangs below each node. Conversations hang on the client, not on the address by which they were found. */
function branchesOf({ relationships, roots, roles }: ClientGraph): Map<string, Branch[]> {
  const below = new Map<string, Branch[]>()
  const add = (id: string, branch: Branch) => {
    const known = below.get(id)
    if (known === undefined) below.set(id, [branch])
    else if (!known.some((other) => other.id === branch.id && other.via === branch.via)) known.push(branch)
  }
  const [root = ''] = roots
  for (const { type, from_id, to_id, valid_to } of relationships) {
    const until = valid_to === null ? '' : ` until ${new Date(valid_to).toISOString()}`
    if (type === 'belongs_to' && roots.includes(to_id)) add(to_id, { via: `task${until}`, id: from_id })
    else if (type === 'part_of' && roles.get(to_id) === 'own') add(to_id, { via: `message${until}`, id: from_id })
    else if (type === 'about' && roles.get(from_id) === 'own') {
      add(root, { via: 'conversation', id: from_id })
      add(from_id, { via: `about${until}`, id: to_id })
    } else if (roles.get(to_id) === 'lead' && (type === 'has_email' || type === 'has_phone')) {
      add(to_id, { via: `of${until}`, id: from_id })
    } else add(from_id, { via: `${type}${until}`, id: to_id })
  }
  const isTask = ({ via }: Branch) => via.startsWith('task')
  for (const id of roots) below.get(id)?.sort((one, two) => Number(isTask(two)) - Number(isTask(one)))
  return below
}

function describe(node: KnowledgeNode | undefined, id: string): string {
  if (node === undefined) return oneLine(id)
  const properties = propertiesOf(node)
  if (properties.is_gone === true && node.label === '') return `${oneLine(id)} (gone)`
  const name = node.label === '' ? node.id : node.label
  if (node.type === 'custom_field_value')
    return `${oneLine(name)} = ${oneLine(text(properties.resolved ?? properties.value))}`
  if (node.type === 'client') return `client ${oneLine(name)}`
  const { email } = properties
  const also = node.type === 'person' && typeof email === 'string' && email !== name ? ` <${oneLine(email)}>` : ''
  return `${oneLine(name)}${also}`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/** What others wrote must not move the cursor or colour the terminal. */
function oneLine(value: string): string {
  const plain = value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return plain.length > LONGEST_TEXT ? `${plain.slice(0, LONGEST_TEXT - 1)}…` : plain
}

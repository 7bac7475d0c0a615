import { asObject, at, type JsonObject } from '@millrace/domain'
import { nodeId } from './graph-ids.ts'

/** A graph as an answer, an export or the topics hold it; relationships that have ended are left out by who reads it. */
export interface ReadableGraph {
  readonly nodes: readonly { readonly id: string; readonly properties: JsonObject }[]
  readonly relationships: readonly {
    readonly type: string
    readonly from_id: string
    readonly to_id: string
    readonly properties: JsonObject
  }[]
}

/**
 * Rebuilds the structured task that a graph was made from: everything that ClickUp said of it, in its order, with 0, false, null and empty lists
 * as they were, and what nobody could read. Left out is `type_config` of the custom fields, which belongs to their list. Null when the graph holds
 * no such task.
 */
export function taskFromGraph(graph: ReadableGraph, account: string, vendorId: string): JsonObject | null {
  const taskId = nodeId('task', account, vendorId)
  const node = graph.nodes.find(({ id }) => id === taskId)
  if (node === undefined) return null
  const { parts, status: _status, priority: _priority, ...own } = node.properties
  const { parts: ownParts, ...structured } = asObject(parts) ?? {}
  const shapes = Object.entries(structured)
  const rebuilt = shapes.map(([name, shape]) => [name, shape === null ? null : rebuild(graph, taskId, name, shape)])
  return { ...own, ...Object.fromEntries(rebuilt), ...(ownParts === undefined ? {} : { parts: ownParts }) }
}

const typesOf: Readonly<Record<string, string>> = {
  assignees: 'assigned_to',
  watchers: 'watched_by',
  creator: 'created_by',
  tags: 'tagged',
}

function rebuild(graph: ReadableGraph, taskId: string, name: string, shape: unknown): unknown {
  const { count, kept } = asObject(shape) ?? {}
  if (kept === undefined) return rebuildRead(graph, taskId, name, shape)
  if (count === undefined) return kept
  const places = new Set(placed(kept).map(({ place }) => place))
  const read = statementsOf(graph, taskId, name, shape).filter(({ place }) => !places.has(place))
  return inOrder([...read, ...placed(kept)])
}

function rebuildRead(graph: ReadableGraph, taskId: string, name: string, shape: unknown): unknown {
  if (name === 'status' || name === 'priority') return named(graph, taskId, name)
  const values = inOrder(statementsOf(graph, taskId, name, shape))
  return shape === 'one' ? values[0] : values
}

/** The items of a list with their places. */
function statementsOf(graph: ReadableGraph, taskId: string, name: string, shape: unknown): Statement[] {
  if (name === 'custom_fields') return customFields(graph, taskId, shape)
  return related(graph, taskId, typesOf[name] ?? '').flatMap(({ properties }) => placed(properties.stated))
}

function related(graph: ReadableGraph, from: string, type: string) {
  return graph.relationships.filter((relationship) => relationship.from_id === from && relationship.type === type)
}

interface Statement {
  readonly place: number
  readonly value: unknown
}

function placed(list: unknown): Statement[] {
  if (!Array.isArray(list)) return []
  return list.map((each) => ({ place: Number(at(each, 'place')), value: at(each, 'value') }))
}

function inOrder(statements: readonly Statement[]): unknown[] {
  return statements.toSorted((a, b) => a.place - b.place).map(({ value }) => value)
}

function named(graph: ReadableGraph, taskId: string, name: 'status' | 'priority'): unknown {
  const [relationship] = related(graph, taskId, `has_${name}`)
  const task = graph.nodes.find(({ id }) => id === taskId)
  if (relationship === undefined) return undefined
  const { is_text, ...details } = relationship.properties
  const said = task?.properties[name]
  return is_text === true ? said : { [name]: said, ...details }
}

function customFields(graph: ReadableGraph, taskId: string, shape: unknown): Statement[] {
  const values = new Map(graph.nodes.map(({ id, properties }) => [id, properties]))
  const set = related(graph, taskId, 'has_custom_field').map(({ to_id, properties: { place, ...definition } }) => {
    const { field_id, name, type, value } = values.get(to_id) ?? {}
    return { place: Number(place), value: { id: field_id, name, type, ...definition, value } }
  })
  const { unset } = asObject(shape) ?? {}
  const others = (Array.isArray(unset) ? unset : []).map((field) => {
    const { place, ...definition } = asObject(field) ?? {}
    return { place: Number(place), value: definition }
  })
  return [...set, ...others]
}

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
 * as they were. Left out is `type_config` of the custom fields, which belongs to their list, and what the extraction named as unread. Null when
 * the graph holds no such task.
 */
export function taskFromGraph(graph: ReadableGraph, account: string, vendorId: string): JsonObject | null {
  const taskId = nodeId('task', account, vendorId)
  const node = graph.nodes.find(({ id }) => id === taskId)
  if (node === undefined) return null
  const { parts, status: _status, priority: _priority, ...own } = node.properties
  const shapes = Object.entries(asObject(parts) ?? {})
  const rebuilt = shapes.map(([name, shape]) => [name, shape === null ? null : rebuild(graph, taskId, name, shape)])
  return { ...own, ...Object.fromEntries(rebuilt) }
}

const typesOf: Readonly<Record<string, string>> = {
  assignees: 'assigned_to',
  watchers: 'watched_by',
  creator: 'created_by',
  tags: 'tagged',
}

function rebuild(graph: ReadableGraph, taskId: string, name: string, shape: unknown): unknown {
  if (name === 'custom_fields') return customFields(graph, taskId, shape)
  if (name === 'status' || name === 'priority') return named(graph, taskId, name)
  const stated = related(graph, taskId, typesOf[name] ?? '').flatMap(({ properties }) => statements(properties))
  const values = stated.toSorted(byPlace).map(({ value }) => value)
  return shape === 'one' ? values[0] : values
}

function related(graph: ReadableGraph, from: string, type: string) {
  return graph.relationships.filter((relationship) => relationship.from_id === from && relationship.type === type)
}

interface Statement {
  readonly place: number
  readonly value: unknown
}

function statements(properties: JsonObject): Statement[] {
  const { stated } = properties
  if (!Array.isArray(stated)) return []
  return stated.map((each) => ({ place: Number(at(each, 'place')), value: at(each, 'value') }))
}

function byPlace(a: Statement, b: Statement): number {
  return a.place - b.place
}

function named(graph: ReadableGraph, taskId: string, name: 'status' | 'priority'): unknown {
  const [relationship] = related(graph, taskId, `has_${name}`)
  const task = graph.nodes.find(({ id }) => id === taskId)
  if (relationship === undefined) return undefined
  const { is_text, ...details } = relationship.properties
  const said = task?.properties[name]
  return is_text === true ? said : { [name]: said, ...details }
}

function customFields(graph: ReadableGraph, taskId: string, shape: unknown): unknown[] {
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
  return [...set, ...others].toSorted(byPlace).map(({ value }) => value)
}

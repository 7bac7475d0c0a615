import { asId, asObject, asText, at, type JsonObject } from '@millrace/domain'
import { extractCustomFields } from './extract-custom-fields.ts'
import { extractPeople } from './extract-people.ts'
import type { Extraction, Extractor, Problem, Scope } from './extractor.ts'
import { createGraphDraft } from './graph-draft.ts'
import { nameKey, nodeId } from './graph-ids.ts'
import type { NodeType } from './node-types.ts'
import type { RelationshipType } from './relationship-types.ts'
import { itemsOf, type TaskContext } from './task-context.ts'

// A task of ClickUp has a few dozen; the answer to the caller and the record of the extraction must hold them all.
const MAX_NODES = 1_000

/**
 * The graph of a ClickUp task, thin as Make's scenario sends it or full as ClickUp's API gives it: the client, the task, its people, status,
 * priority, tags and the values of its custom fields.
 */
export const taskExtractor: Extractor = { name: 'task', version: 1, types: ['task.received'], extract: extractTask }

function extractTask(body: unknown, scope: Scope): Extraction {
  const found = findTask(body)
  if ('problem' in found) return { ok: false, problems: [found.problem] }
  const { task, pointer } = found
  const vendorId = asId(task.id)
  if (vendorId === null) return fail(`${pointer}/id`, 'an id: a text of 1 to 256 characters, or a number')
  const unread: string[] = []
  const draft = createGraphDraft()
  const taskId = nodeId('task', scope.account, vendorId)
  const skip = (place: string) => unread.push(place)
  const context = { draft, account: scope.account, vendorId, taskId, task, pointer, skip }
  extractClient(context, scope.clientId)
  draft.node('task', taskId, ownProperties(task))
  extractPeople(context)
  extractNamed(context, 'status', 'has_status', task.status, `${pointer}/status`)
  extractNamed(context, 'priority', 'has_priority', task.priority, `${pointer}/priority`)
  for (const [tag, place] of itemsOf(context, 'tags')) extractNamed(context, 'tag', 'tagged', tag, place)
  extractCustomFields(context)
  const nodes = draft.nodes()
  if (nodes.length > MAX_NODES)
    return fail(pointer, `a task of at most ${MAX_NODES} nodes; this one has ${nodes.length}`)
  return { ok: true, graph: { nodes, relationships: draft.relationships(), unread } }
}

/** Make's scenario has it in `task`, a ClickUp automation in `payload`, ClickUp's API answers with the task alone. */
function findTask(body: unknown): { task: JsonObject; pointer: string } | { problem: Problem } {
  const whole = asObject(body)
  if (whole === null) return { problem: { pointer: '', rule: 'a JSON object' } }
  for (const [task, pointer] of [
    [asObject(at(whole, 'task')), '/task'],
    [asObject(at(whole, 'payload')), '/payload'],
  ] as const) {
    if (task !== null) return { task, pointer }
  }
  if (asId(at(whole, 'id')) !== null && at(whole, 'name') !== undefined) return { task: whole, pointer: '' }
  return { problem: { pointer: '/task', rule: 'a JSON object' } }
}

function fail(pointer: string, rule: string): Extraction {
  return { ok: false, problems: [{ pointer, rule }] }
}

function extractClient({ draft, account, taskId }: TaskContext, clientId: string | null): void {
  if (clientId === null) return
  const client = draft.node('client', nodeId('client', account, clientId), { client_id: clientId })
  draft.relate('belongs_to', taskId, client)
}

/** Parts of a task that become nodes and relationships of their own. */
const structured = new Set(['status', 'priority', 'tags', 'custom_fields', 'assignees', 'creator', 'watchers'])

/** Everything that the task says and that is no node of its own, as it was; and the names of its status and priority, where it has the field. */
function ownProperties(task: JsonObject): JsonObject {
  const own = Object.entries(task).filter(([name]) => !structured.has(name))
  const names = (['status', 'priority'] as const).filter((name) => Object.hasOwn(task, name))
  return Object.fromEntries([...own, ...names.map((name) => [name, nameOf(task[name], name)])])
}

/**
 * A status, priority or tag is its name within the account. What may differ between two tasks that share the name (colour, vendor id, place in
 * the list) belongs to the relationship, so that one task's never overwrites another's.
 */
function extractNamed(
  context: TaskContext,
  type: NodeType,
  relationship: RelationshipType,
  value: unknown,
  place: string,
): void {
  if (value === null || value === undefined) return
  const name = nameOf(value, type)
  if (name === null) {
    context.skip(place)
    return
  }
  const node = nodeId(type, context.account, nameKey(name))
  context.draft.node(type, node, { name }, { isOfClient: false })
  const details = Object.entries(asObject(value) ?? {}).filter(([key]) => key !== nameProperty(type))
  context.draft.relate(relationship, context.taskId, node, Object.fromEntries(details))
}

function nameOf(value: unknown, type: string): string | null {
  const name = asText(asObject(value)?.[nameProperty(type)]) ?? asText(value)
  return name === null || name.trim() === '' ? null : name
}

/** ClickUp's status holds its name in `status`, its priority in `priority`, its tag in `name`. */
function nameProperty(type: string): string {
  return type === 'tag' ? 'name' : type
}

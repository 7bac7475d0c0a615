import { asId, asObject, asText, at, type JsonObject } from '@millrace/domain'
import { addMentions } from './add-mentions.ts'
import { taskBody } from './body-schemas.ts'
import { extractCustomFields } from './extract-custom-fields.ts'
import { extractPeople } from './extract-people.ts'
import type { Extraction, Extractor, Problem, Scope } from './extractor.ts'
import { createGraphDraft } from './graph-draft.ts'
import { nameKey, nodeId } from './graph-ids.ts'
import type { NodeType } from './node-types.ts'
import type { RelationshipType } from './relationship-types.ts'
import { itemsOf, type TaskContext } from './task-context.ts'
import { partsOf, structured } from './task-parts.ts'

// A task of ClickUp has a few dozen; the answer to the caller and the record of the extraction must hold them all.
const MAX_NODES = 1_000

/**
 * The graph of a ClickUp task, thin as Make's scenario sends it or full as ClickUp's API gives it: the client, the task, its people, status,
 * priority, tags and the values of its custom fields.
 */
export const taskExtractor: Extractor = {
  name: 'task',
  version: 1,
  types: ['task.received'],
  schema: taskBody,
  reads: 'a ClickUp task as Make’s scenario, a ClickUp automation or the ClickUp API sends it',
  extract: extractTask,
}

function extractTask(body: unknown, scope: Scope): Extraction {
  const found = findTask(body)
  if ('problem' in found) return { ok: false, problems: [found.problem] }
  const { task, pointer } = found
  const vendorId = asId(task.id)
  if (vendorId === null) return fail(`${pointer}/id`, 'an id: a text of 1 to 256 characters, or a number')
  const unread = new Set<string>()
  const skip = (place: string) => void unread.add(place)
  const draft = createGraphDraft({ maxNodes: MAX_NODES, onLeftOut: skip })
  const taskId = nodeId('task', scope.account, vendorId)
  const context = {
    draft,
    account: scope.account,
    at: scope.at,
    locale: scope.locale,
    vendorId,
    taskId,
    task,
    pointer,
    skip,
  }
  extractClient(context, scope.clientId)
  draft.node('task', taskId, ownProperties(task), { standing: 'exists' })
  extractPeople(context)
  extractNamed(context, 'status', 'has_status', task.status, `${pointer}/status`, 0)
  extractNamed(context, 'priority', 'has_priority', task.priority, `${pointer}/priority`, 0)
  completeNamed(context)
  for (const [index, [tag, place]] of itemsOf(context, 'tags').entries()) {
    extractNamed(context, 'tag', 'tagged', tag, place, index)
  }
  extractCustomFields(context)
  extractTexts(context)
  draft.node('task', taskId, { parts: partsOf(task, pointer, unread) })
  const { nodes, relationships } = draft.finish()
  if (nodes.length > MAX_NODES)
    return fail(
      pointer,
      `a task of at most ${MAX_NODES} nodes (fields, people, tags) besides mentions; this one has ${nodes.length}`,
    )
  return { ok: true, graph: { nodes, relationships, unread: [...unread] } }
}

/** What the task has a place for is all that there is of it. */
function completeNamed({ draft, task, taskId }: TaskContext): void {
  for (const [name, type] of [
    ['status', 'has_status'],
    ['priority', 'has_priority'],
    ['tags', 'tagged'],
  ] as const) {
    if (Object.hasOwn(task, name)) draft.complete(taskId, type)
  }
}

/** Name and description; ClickUp sends the description without its marks as `text_content` too. */
function extractTexts(context: TaskContext): void {
  const { task, taskId, pointer, draft } = context
  const described = asText(task.description) === null ? 'text_content' : 'description'
  for (const field of ['name', described]) {
    const text = asText(task[field])
    if (text !== null)
      addMentions(context, {
        of: taskId,
        field,
        text,
        format: 'markdown',
        pointer: `${pointer}/${field}`,
        writtenAt: task.date_created,
      })
  }
  // Each text takes back its own: who leaves one out says nothing of it. The description is one text under two names.
  if (Object.hasOwn(task, 'name')) draft.complete(taskId, 'mentions:name')
  if (Object.hasOwn(task, 'description') || Object.hasOwn(task, 'text_content'))
    draft.complete(taskId, 'mentions:description', 'mentions:text_content')
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
  // Not complete: a task may be posted for several clients, and who posts it for one says nothing of the others.
  draft.relate('belongs_to', taskId, client)
}

/** Everything that the task says and that is no node of its own, as it was; and the names of its status and priority, where it has the field. */
function ownProperties(task: JsonObject): JsonObject {
  const own = Object.entries(task).filter(([name]) => !structured.has(name) && name !== 'parts')
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
  index: number,
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
  const stated = { stated: [{ place: index, value }] }
  context.draft.relate(relationship, context.taskId, node, {
    ...Object.fromEntries(details),
    ...(type === 'tag' ? stated : isText(value)),
  })
}

/** A name that stood alone, without colour or id. */
function isText(value: unknown): JsonObject {
  return typeof value === 'string' ? { is_text: true } : {}
}

function nameOf(value: unknown, type: string): string | null {
  const name = asText(asObject(value)?.[nameProperty(type)]) ?? asText(value)
  return name === null || name.trim() === '' ? null : name
}

/** ClickUp's status holds its name in `status`, its priority in `priority`, its tag in `name`. */
function nameProperty(type: string): string {
  return type === 'tag' ? 'name' : type
}

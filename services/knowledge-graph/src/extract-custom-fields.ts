import { asId, asObject, asText, type JsonObject } from '@millrace/domain'
import { addMentions } from './add-mentions.ts'
import { addUser } from './extract-people.ts'
import { nodeId } from './graph-ids.ts'
import { isUnderstood, namedIn, resolveFieldValue } from './resolve-field.ts'
import { itemsOf, type TaskContext } from './task-context.ts'

/** Kinds whose value is words, which may mention something. */
const WORDS = new Set(['text', 'short_text', 'url', 'email', 'phone'])

/**
 * The values of the task's custom fields. A value belongs to its task: its id holds both, since the field is shared by all tasks of a list. A
 * field without `value` is unset and has no node; 0, false, null and the empty text are values.
 */
export function extractCustomFields(context: TaskContext): void {
  const { task, draft, taskId } = context
  const seen = new Set<string>()
  itemsOf(context, 'custom_fields').forEach(([item, place], index) => {
    const field = asObject(item)
    const key = field === null ? null : keyOf(field)
    const id = key === null ? '' : nodeId('custom_field_value', context.account, context.vendorId, ...key)
    if (field === null || key === null || seen.has(id)) context.skip(place)
    else if (Object.hasOwn(field, 'value')) extractField(context, field, { id, place, index })
    seen.add(id)
  })
  if (Object.hasOwn(task, 'custom_fields')) draft.complete(taskId, 'has_custom_field')
}

/** Parts of a field that are of its value; what it is in its list (`type_config`) is the list's, and resolved already. */
const ofValue = new Set(['id', 'name', 'type', 'value', 'type_config'])

interface FieldPlace {
  readonly id: string
  readonly place: string
  readonly index: number
}

function extractField(context: TaskContext, field: JsonObject, { id, place, index }: FieldPlace): void {
  const { draft, taskId } = context
  const resolved = resolveFieldValue(field)
  draft.node('custom_field_value', id, {
    ...Object.fromEntries(
      (['id', 'name', 'type'] as const).map((name) => [name === 'id' ? 'field_id' : name, field[name] ?? null]),
    ),
    value: field.value,
    // Always there: beside a newer value, an older resolution must not survive.
    resolved,
  })
  if (!isUnderstood(field, resolved)) context.skip(`${place}/value`)
  const definition = Object.entries(field).filter(([name]) => !ofValue.has(name))
  draft.relate('has_custom_field', taskId, id, { ...Object.fromEntries(definition), place: index })
  const { people, tasks } = namedIn(field)
  for (const user of people) {
    const person = addUser(context, user)
    if (person === null) context.skip(`${place}/value`)
    else draft.relate('refers_to', id, person)
  }
  for (const task of tasks) draft.relate('refers_to', id, addReferredTask(context, task))
  draft.complete(id, 'refers_to', 'mentions')
  if (WORDS.has(String(field.type)) && typeof field.value === 'string') {
    addMentions(context, { of: id, field: 'value', text: field.value, format: 'markdown', pointer: `${place}/value` })
  }
}

/** Only what names the other task: the rest of it, and its client, are for its own event to tell. */
function addReferredTask({ draft, account }: TaskContext, task: JsonObject): string {
  const name = asText(task.name)
  const id = nodeId('task', account, asId(task.id) ?? '')
  return draft.node('task', id, { id: task.id, ...(name === null ? {} : { name }) }, { isOfClient: false })
}

/** By id, else by name, which then cannot meet an id. */
function keyOf(field: JsonObject): string[] | null {
  const id = asId(field.id)
  if (id !== null) return [id]
  const name = asText(field.name)
  return name === null ? null : ['name', name]
}

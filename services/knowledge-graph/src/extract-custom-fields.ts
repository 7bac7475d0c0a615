import { asId, asObject, asText, type JsonObject } from '@millrace/domain'
import { addPerson } from './extract-people.ts'
import { nodeId } from './graph-ids.ts'
import { namedIn, resolveFieldValue } from './resolve-field.ts'
import { itemsOf, type TaskContext } from './task-context.ts'

/**
 * The values of the task's custom fields. A value belongs to its task: its id holds both, since the field is shared by all tasks of a list. A
 * field without `value` is unset and has no node; 0, false, null and the empty text are values.
 */
export function extractCustomFields(context: TaskContext): void {
  for (const [item, place] of itemsOf(context, 'custom_fields')) {
    const field = asObject(item)
    const key = field === null ? null : keyOf(field)
    if (field === null || key === null) context.skip(place)
    else if (Object.hasOwn(field, 'value')) extractField(context, field, key, place)
  }
}

function extractField(context: TaskContext, field: JsonObject, key: readonly string[], place: string): void {
  const { draft, account, taskId, vendorId } = context
  const id = nodeId('custom_field_value', account, vendorId, ...key)
  draft.node('custom_field_value', id, {
    field_id: field.id ?? null,
    name: field.name ?? null,
    type: field.type ?? null,
    value: field.value,
    // Always there: beside a newer value, an older resolution must not survive.
    resolved: resolveFieldValue(field),
  })
  draft.relate('has_custom_field', taskId, id)
  const { people, tasks } = namedIn(field)
  for (const user of people) {
    const person = addPerson(draft, account, user)
    if (person === null) context.skip(`${place}/value`)
    else draft.relate('refers_to', id, person)
  }
  for (const task of tasks) draft.relate('refers_to', id, addReferredTask(context, task))
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

import { asId, asObject, asText, hashedPart } from '@millrace/domain'
import { addPerson } from './add-person.ts'
import { nameKey, nodeId } from './graph-ids.ts'
import type { RelationshipType } from './relationship-types.ts'
import { itemsOf, type TaskContext } from './task-context.ts'

// Users' ids are the vendor's, and another vendor numbers its own people.
const VENDOR = 'clickup'

/** Who is to do the task, who created it, who follows it. `stated` holds each user as the task said it, with the place in the list. */
export function extractPeople(context: TaskContext): void {
  const { task, pointer, draft, taskId } = context
  for (const [list, type] of [
    ['assignees', 'assigned_to'],
    ['watchers', 'watched_by'],
  ] as const) {
    for (const [index, [user, place]] of itemsOf(context, list).entries()) {
      relatePerson(context, type, user, place, index)
    }
    if (Object.hasOwn(task, list)) draft.complete(taskId, type)
  }
  if (!Object.hasOwn(task, 'creator')) return
  draft.complete(taskId, 'created_by')
  if (task.creator !== null) relatePerson(context, 'created_by', task.creator, `${pointer}/creator`, 0)
}

function relatePerson(context: TaskContext, type: RelationshipType, user: unknown, place: string, index: number): void {
  const person = addUser(context, user)
  if (person === null) context.skip(place)
  else context.draft.relate(type, context.taskId, person, { stated: [{ place: index, value: user }] })
}

/**
 * Adds the person that a ClickUp user object (or a bare numeric id) stands for, known by email and by the vendor's id. Who has a name only is a
 * person of this task and of nothing else, for a name is shared by many. Returns the id to relate to; null when there is not even a name.
 */
export function addUser({ draft, account, vendorId }: TaskContext, user: unknown): string | null {
  const { id: said, ...properties } = typeof user === 'number' ? { id: user } : (asObject(user) ?? {})
  const id = asId(said)
  const email = asText(properties.email)
  const known = addPerson(draft, {
    account,
    vendorIds: id === null ? [] : [[VENDOR, id]],
    handles: email?.includes('@') ? [email] : [],
    properties: id === null ? properties : { ...properties, clickup_id: said },
  })
  const name = asText(properties.username)
  if (known !== null || name === null || name.trim() === '') return known
  const own = nodeId('person', account, 'task', vendorId, 'name', hashedPart(nameKey(name)))
  return draft.person([own], properties)
}

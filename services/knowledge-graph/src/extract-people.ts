import { asId, asObject, asText } from '@millrace/domain'
import { addPerson } from './add-person.ts'
import type { GraphDraft } from './graph-draft.ts'
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
  const person = addUser(context.draft, context.account, user)
  if (person === null) context.skip(place)
  else context.draft.relate(type, context.taskId, person, { stated: [{ place: index, value: user }] })
}

/**
 * Adds the person that a ClickUp user object (or a bare numeric id) stands for, known by email and by the vendor's id. Returns the id to relate
 * to; null when there is neither.
 */
export function addUser(draft: GraphDraft, account: string, user: unknown): string | null {
  const { id: said, ...properties } = typeof user === 'number' ? { id: user } : (asObject(user) ?? {})
  const id = asId(said)
  const email = asText(properties.email)
  return addPerson(draft, {
    account,
    vendorIds: id === null ? [] : [[VENDOR, id]],
    handles: email?.includes('@') ? [email] : [],
    properties: id === null ? properties : { ...properties, clickup_id: said },
  })
}

import { asId, asObject, asText } from '@millrace/domain'
import type { GraphDraft } from './graph-draft.ts'
import { nameKey, nodeId } from './graph-ids.ts'
import type { RelationshipType } from './relationship-types.ts'
import { itemsOf, type TaskContext } from './task-context.ts'

// Users' ids are the vendor's, and another vendor numbers its own people.
const VENDOR = 'clickup'

/** Who is to do the task, who created it, who follows it. */
export function extractPeople(context: TaskContext): void {
  const { task, pointer } = context
  for (const [user, place] of itemsOf(context, 'assignees')) relatePerson(context, 'assigned_to', user, place)
  if (task.creator !== null && task.creator !== undefined) {
    relatePerson(context, 'created_by', task.creator, `${pointer}/creator`)
  }
  for (const [user, place] of itemsOf(context, 'watchers')) relatePerson(context, 'watched_by', user, place)
}

function relatePerson(context: TaskContext, type: RelationshipType, user: unknown, place: string): void {
  const person = addPerson(context.draft, context.account, user)
  if (person === null) context.skip(place)
  else context.draft.relate(type, context.taskId, person)
}

/**
 * Adds the person that a ClickUp user object (or a bare numeric id) stands for, known by vendor id, else by email. Returns the node's id; null
 * when there is neither, for a name alone is shared by many. `email_identity` is the address in the form by which people are compared.
 */
export function addPerson(draft: GraphDraft, account: string, user: unknown): string | null {
  const properties = typeof user === 'number' ? { id: user } : asObject(user)
  const id = asId(properties?.id)
  const email = emailOf(properties?.email)
  if (properties === null || (id === null && email === null)) return null
  const identity = id === null ? ['email', email ?? ''] : [VENDOR, id]
  const noted = email === null ? properties : { ...properties, email_identity: email }
  return draft.node('person', nodeId('person', account, ...identity), noted)
}

/** The address in its usual form; null for a text that is plainly none. */
function emailOf(value: unknown): string | null {
  const email = nameKey(asText(value) ?? '')
  return /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= 254 ? email : null
}

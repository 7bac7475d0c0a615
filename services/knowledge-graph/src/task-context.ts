import { at, type JsonObject } from '@millrace/domain'
import type { TextPlace } from './add-mentions.ts'

/** What an extraction of one task is being made of. */
export interface TaskContext extends TextPlace {
  /** Id of the task, as the vendor gave it, and of its node. */
  readonly vendorId: string
  readonly taskId: string
  readonly task: JsonObject
  readonly pointer: string
}

/** The items of a list of the task with their places; a list that is missing or null has none. */
export function itemsOf(context: TaskContext, property: string): [unknown, string][] {
  const value = at(context.task, property)
  const place = `${context.pointer}/${property}`
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.map((item, index) => [item, `${place}/${index}`])
  context.skip(place)
  return []
}

import { asObject, type JsonObject } from '@millrace/domain'

/** Parts of a task that become nodes and relationships of their own. */
export const structured: ReadonlySet<string> = new Set([
  'status',
  'priority',
  'tags',
  'custom_fields',
  'assignees',
  'creator',
  'watchers',
])

/**
 * Which parts the task had a place for (an empty list, null and nothing at all are three things), and the originals of what nodes and relationships
 * cannot carry: what was not understood, a second value of one field, a field that lacks its id, name or type, a property that has this one's name.
 * @param unread JSON pointers to what was not understood
 */
export function partsOf(task: JsonObject, pointer: string, unread: ReadonlySet<string>): JsonObject {
  return Object.fromEntries([
    ...Object.entries(task)
      .filter(([name]) => structured.has(name))
      .map(([name, value]) => [name, shapeOf(name, value, `${pointer}/${name}`, unread)]),
    ...(Object.hasOwn(task, 'parts') ? [['parts', task.parts]] : []),
  ])
}

function shapeOf(name: string, value: unknown, pointer: string, unread: ReadonlySet<string>): unknown {
  if (value === null) return null
  // A status that says whether it was a text would be taken for one.
  if (unread.has(pointer) || Object.hasOwn(asObject(value) ?? {}, 'is_text')) return { kept: value }
  if (!Array.isArray(value)) return 'one'
  const isKept = (item: unknown, place: number) =>
    unread.has(`${pointer}/${place}`) || (name === 'custom_fields' && isIrregular(item))
  const kept = value.flatMap((item, place) => (isKept(item, place) ? [{ place, value: withoutConfig(item) }] : []))
  const keeping = kept.length === 0 ? {} : { kept }
  if (name !== 'custom_fields') return kept.length === 0 ? value.length : { count: value.length, ...keeping }
  // The unset custom fields are no nodes, and yet the task has them.
  const unset = value.flatMap((item, place) => {
    const field = asObject(item)
    if (field === null || Object.hasOwn(field, 'value') || isKept(item, place)) return []
    return [{ place, ...withoutConfig(field) }]
  })
  return { count: value.length, unset, ...keeping }
}

/** A field whose nodes could not say what it lacks, or that has a property where the graph has its own. */
function isIrregular(item: unknown): boolean {
  const field = asObject(item)
  if (field === null || Object.hasOwn(field, 'place')) return true
  return Object.hasOwn(field, 'value') && ['id', 'name', 'type'].some((name) => !Object.hasOwn(field, name))
}

/** What a field is in its list is the list's. */
function withoutConfig<T>(item: T): T | JsonObject {
  const field = asObject(item)
  if (field === null) return item
  const { type_config: _, ...own } = field
  return own
}

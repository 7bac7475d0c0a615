/**
 * What a field says of people, the attribute `pii` in the Avro files:
 * - `subject` tells who: a name, an address, a phone number, an id of a contact, client, conversation, teammate or user;
 * - `content` is what people wrote, or was derived from it: bodies, subjects, payloads, file names, properties, free words. It may name people too;
 * - `none` is neither: ids of records, times, words of ours, secrets, configuration.
 */
export type PersonalMark = 'subject' | 'content' | 'none'

/** A field that holds text or bytes, in itself or in its items. */
export interface TextField {
  /** Names from the record down, joined by dots: `messages.author.handle`. */
  readonly path: string
  /** Undefined where there is none, or another word. */
  readonly pii: PersonalMark | undefined
}

const marks: readonly unknown[] = ['subject', 'content', 'none'] satisfies PersonalMark[]

interface AvroField {
  readonly name: string
  readonly type: unknown
  readonly pii?: unknown
}

interface AvroObject {
  readonly type: unknown
  readonly name?: string
  readonly namespace?: string
  readonly fields?: readonly AvroField[]
  readonly items?: unknown
  readonly values?: unknown
}

/** Records by the names that later fields call them by. */
type Named = Map<string, AvroObject>

/**
 * Every field of a record, and of records within it, that can hold text: strings, bytes, fixed, arrays and maps of them, in a union or not. Maps always
 * can: their keys are text. @param avsc an `.avsc` file's text, whose names are written before they are used
 */
export function textFields(avsc: string): TextField[] {
  return fieldsOf(JSON.parse(avsc) as AvroObject, '', new Map())
}

function fieldsOf(record: AvroObject, parent: string, named: Named): TextField[] {
  if (record.name !== undefined) named.set(record.name, record)
  return (record.fields ?? []).flatMap(({ name, type, pii }) => {
    const path = `${parent}${name}`
    const own = holdsText(type) ? [{ path, pii: marks.includes(pii) ? (pii as PersonalMark) : undefined }] : []
    return [...own, ...recordsIn(type, named).flatMap((inner) => fieldsOf(inner, `${path}.`, named))]
  })
}

function holdsText(type: unknown): boolean {
  if (Array.isArray(type)) return type.some(holdsText)
  if (typeof type === 'string') return type === 'string' || type === 'bytes'
  const { type: kind, items } = type as AvroObject
  if (kind === 'map' || kind === 'fixed') return true
  return kind === 'array' ? holdsText(items) : kind !== 'record' && kind !== 'enum' && holdsText(kind)
}

function recordsIn(type: unknown, named: Named): AvroObject[] {
  if (Array.isArray(type)) return type.flatMap((branch) => recordsIn(branch, named))
  if (typeof type === 'string') return [named.get(type)].filter((known) => known !== undefined)
  const { type: kind, items, values } = type as AvroObject
  if (kind === 'record') return [type as AvroObject]
  return [items, values].filter((inner) => inner !== undefined).flatMap((inner) => recordsIn(inner, named))
}

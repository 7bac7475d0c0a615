import { cleanText } from './clean-text.ts'
import type { Masker } from './masker.ts'

/** A value as a model gets it: text that people outside wrote stands under `untrusted` and nowhere else. */
export type Presented = null | boolean | number | string | readonly Presented[] | { readonly [key: string]: Presented }

export interface PresentOptions {
  readonly masker: Masker
  /** Characters of one text at most. */
  readonly maxText: number
}

/** Times of the console's answers are epoch milliseconds. */
const timeKeys = /(^|_)(at|as_of|since|until|first_seen|last_seen|valid_to)$/
/** Fields whose values are ids or words of ours; what has not their form is marked all the same. */
const ownKeys = new Set(
  `id ids type types status state kind origin priority source provider account tenant role completeness identity direction outcome plan phase
   service group topic scheme rule code encoding format breaker waiting_for name_kind uri target_kind severity writer reason_code decided_mode
   requested_kind next_cursor cursor caused_by pending identities method payload_sha256 mode cause action params_sha256 requested_by decided_by`.split(
    /\s+/,
  ),
)
const ownForm = /^[\p{L}\p{N}_.:%+~@*#=>/-]{0,1000}$/u
/** What these hold is the outside's, whatever its keys are called. */
const foreignKeys = new Set(['properties', 'custom_fields', 'json', 'task', 'webhook_data', 'result'])
/** Keys of people's own data, in the provider's JSON too. */
const personalKeys: Readonly<Record<string, string>> = {
  handle: 'handle',
  email: 'email',
  emails: 'email',
  phone: 'phone',
  phone_number: 'phone',
  mobile: 'phone',
  username: 'name',
  first_name: 'name',
  last_name: 'name',
  full_name: 'name',
  display_name: 'name',
  initials: 'name',
  address: 'address',
  street: 'address',
  birthday: 'date',
  date_of_birth: 'date',
}
/** Objects under these keys are people; their `name` is one. */
const peopleKeys = new Set([
  'author',
  'assignee',
  'assignees',
  'recipient',
  'recipients',
  'contact',
  'teammate',
  'user',
  'creator',
  'watchers',
  'target_person',
])
const personalNodes: Readonly<Record<string, string>> = { person: 'name', email_address: 'email', phone: 'phone' }

interface Place {
  readonly key: string
  readonly isForeign: boolean
  readonly isPerson: boolean
}

/**
 * Presents an answer of the console: ids and words of ours as they are, times in ISO 8601, everything else as `{ "untrusted": … }`, without unseen
 * characters, personal data masked, and cut to `maxText`. A field that is new here is marked, not trusted.
 */
export function present(value: unknown, options: PresentOptions): Presented {
  const names = namesIn(value)
  return show(value, { key: '', isForeign: false, isPerson: false }, { ...options, names })
}

interface Showing extends PresentOptions {
  readonly names: readonly string[]
}

function show(value: unknown, place: Place, showing: Showing): Presented {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return isTime(value, place) ? new Date(value).toISOString() : value
  if (typeof value === 'string') return showText(value, place, showing)
  if (Array.isArray(value)) return value.map((item) => show(item, place, showing))
  if (typeof value !== 'object') return null
  return showObject(value as Readonly<Record<string, unknown>>, place, showing)
}

function showObject(object: Readonly<Record<string, unknown>>, place: Place, showing: Showing): Presented {
  const isPerson = place.isPerson || peopleKeys.has(place.key) || 'handle' in object
  const nodeKind = 'label' in object && typeof object.type === 'string' ? personalNodes[object.type] : undefined
  const entries = Object.entries(object).map(([key, value]): [string, Presented] => {
    if (key === 'label' && nodeKind !== undefined && typeof value === 'string' && showing.masker.isOn)
      return [key, showing.masker.whole(nodeKind, cleanText(value))]
    const isForeign = place.isForeign || foreignKeys.has(key)
    const shown = show(value, { key, isForeign, isPerson }, showing)
    const isRoot = isForeign && !place.isForeign && value !== null && typeof value === 'object'
    // Keys of the outside are texts of the outside too.
    return [
      place.isForeign ? showing.masker.text(cleanText(key).slice(0, 200)) : key,
      isRoot ? { untrusted: shown } : shown,
    ]
  })
  return Object.fromEntries(entries)
}

function showText(text: string, { key, isForeign, isPerson }: Place, { masker, names, maxText }: Showing): Presented {
  const clean = cleanText(text)
  const personal = personalKind(key, isForeign, isPerson)
  if (masker.isOn && personal !== undefined && clean !== '') return masker.whole(personal, clean)
  const isOurs =
    ownKeys.has(key) || key.endsWith('_id') || key.endsWith('_ids') || key.endsWith('_type') || key.endsWith('_code')
  const masked = masker.text(clean, isOurs ? [] : names)
  if (!isForeign && isOurs && ownForm.test(clean)) return masked
  return mark(cut(masked, maxText), isForeign)
}

/** Elsewhere an address is that of a server. */
function personalKind(key: string, isForeign: boolean, isPerson: boolean): string | undefined {
  if (key === 'name') return isPerson ? 'name' : undefined
  if (!Object.hasOwn(personalKeys, key) || (key === 'address' && !isForeign && !isPerson)) return undefined
  return personalKeys[key]
}

/** Within something that is marked as a whole nothing is marked again. */
function mark(text: string, isMarked: boolean): Presented {
  return isMarked ? text : { untrusted: text }
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)} […${text.length - max} more characters]`
}

function isTime(value: number, { key, isForeign }: Place): boolean {
  return !isForeign && timeKeys.test(key) && value > 100_000_000_000 && value < 8.64e15
}

/** The names of the people in a value, wherever it says that somebody is one. */
function namesIn(
  value: unknown,
  place: Pick<Place, 'key' | 'isPerson'> = { key: '', isPerson: false },
): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((item) => namesIn(item, place))
  const object = value as Readonly<Record<string, unknown>>
  const isPerson = place.isPerson || peopleKeys.has(place.key) || 'handle' in object
  const isNode = object.type === 'person' && typeof object.label === 'string'
  const own = Object.entries(object).flatMap(([key, text]) => {
    if (typeof text !== 'string') return namesIn(text, { key, isPerson })
    const isName = (isPerson && key === 'name') || personalKeys[key] === 'name' || (isNode && key === 'label')
    return isName && /\p{L}{3}/u.test(text) && !text.includes('@') ? [cleanText(text).trim()] : []
  })
  return [...new Set(own)]
}

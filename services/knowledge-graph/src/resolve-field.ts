import { asId, asObject, asText, at, type JsonObject, objectsIn } from '@millrace/domain'
import { emailOf, phoneOf } from './person-identity.ts'

/**
 * What a custom field's raw value means, resolved through its `type_config` (developer.clickup.com/docs/customfields); null where the value says
 * it by itself (texts, addresses, links), and where it cannot be resolved without guessing.
 */
export function resolveFieldValue(field: JsonObject): unknown {
  const resolve = Object.hasOwn(resolvers, String(field.type)) ? resolvers[String(field.type)] : undefined
  return resolve?.(field.value, field.type_config) ?? null
}

/**
 * Whether a field's value is one that its type can have: an option that there is, an address, a number, a date. Null and the empty text are, and
 * so is anything of a type that is not known.
 */
export function isUnderstood(field: JsonObject, resolved: unknown): boolean {
  const { type, value } = field
  if (value === null || value === '') return true
  if (type === 'email') return typeof value === 'string' && emailOf(value) !== null
  if (type === 'phone') return typeof value === 'string' && phoneOf(value) !== null
  if (type === 'labels' && Array.isArray(resolved)) return !resolved.includes(null)
  return resolved !== null || !Object.hasOwn(resolvers, String(type))
}

type Resolver = (value: unknown, config: unknown) => unknown

const resolvers: Readonly<Record<string, Resolver>> = {
  drop_down: (value, config) => nameOfOption(optionOf(value, config)),
  labels: (value, config) => namesOf(value, (item) => nameOfOption(optionById(item, config))),
  users: (value) => namesOf(value, (item) => asText(at(item, 'username')) ?? asText(at(item, 'email'))),
  tasks: (value) => namesOf(value, (item) => asText(at(item, 'name'))),
  list_relationship: (value) => namesOf(value, (item) => asText(at(item, 'name'))),
  date: (value) => isoTime(asNumber(value)),
  number: asNumber,
  // A rating, whatever its picture; `count` is the most that can be given.
  emoji: asNumber,
  rating: asNumber,
  formula: asNumber,
  votes: (value) => namesOf(value, (item) => asText(at(item, 'username')) ?? asText(at(item, 'email'))),
  attachment: (value) => namesOf(value, (item) => asText(at(item, 'title')) ?? asText(at(item, 'url'))),
  currency: (value, config) => amount(asNumber(value), config),
  checkbox: asBoolean,
  manual_progress: (value) => asNumber(at(value, 'current')),
  automatic_progress: (value) => asNumber(at(value, 'percent_complete')),
  location: (value) => asText(at(value, 'formatted_address')),
}

/** A drop-down holds its option's place in the list, or its id; both occur. */
function optionOf(value: unknown, config: unknown): JsonObject | undefined {
  const byId = optionById(value, config)
  const place = asNumber(value)
  if (byId !== undefined || place === null) return byId
  return objectsIn(at(config, 'options')).find((option) => asNumber(option.orderindex) === place)
}

function optionById(value: unknown, config: unknown): JsonObject | undefined {
  return typeof value === 'string' ? objectsIn(at(config, 'options')).find((option) => option.id === value) : undefined
}

/** Drop-down options have a `name`, label options a `label`. */
function nameOfOption(option: JsonObject | undefined): string | null {
  return asText(option?.name) ?? asText(option?.label)
}

/** One name for each item, null for an item that has none. */
function namesOf(value: unknown, nameOf: (item: unknown) => string | null): unknown {
  return Array.isArray(value) ? value.map(nameOf) : null
}

/** A finite number, or a text that is one in decimal form. */
function asNumber(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value !== 'string' || !/^\s*-?\d{1,300}(\.\d{1,300})?\s*$/.test(value)) return null
  return Number(value)
}

function asBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  return value === 'true' ? true : value === 'false' ? false : null
}

/** The amount is as it was said; `precision` is the number of decimals that the field shows. */
function amount(value: number | null, config: unknown): unknown {
  if (value === null) return null
  return { amount: value, currency: asText(at(config, 'currency_type')), precision: asNumber(at(config, 'precision')) }
}

function isoTime(ms: number | null): string | null {
  if (ms === null) return null
  const time = new Date(ms)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

/** Objects in a field's value that name a person or a task by id. */
export function namedIn(field: JsonObject): { readonly people: JsonObject[]; readonly tasks: JsonObject[] } {
  const items = Array.isArray(field.value) ? field.value.map(asObject).filter((item) => item !== null) : []
  return {
    people: field.type === 'users' ? items : [],
    tasks: field.type === 'tasks' || field.type === 'list_relationship' ? items.filter((item) => asId(item.id)) : [],
  }
}

/** Reading of untrusted JSON: every function answers null for what is not there or not of the kind, and none looks at inherited properties. */

export type JsonObject = { readonly [key: string]: unknown }

const MAX_ID_LENGTH = 256
const unsafeInId = /[\p{Cc}\p{Zl}\p{Zp}]/u

/** The value as an object (no array), or null. */
export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
}

/** The value as a string that is not empty, or null. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** The value as a word of the provider's, such as an event type: at most 256 characters of it; empty when it is no string. */
export function asWord(value: unknown): string {
  return asText(value)?.slice(0, MAX_ID_LENGTH).toWellFormed() ?? ''
}

/**
 * The value as an id: a string of 1 to 256 characters without control characters, or a finite number in its decimal form. Ids become record
 * keys and headers, so what cannot be one safely is no id.
 */
export function asId(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  const text = asText(value)?.trim().toWellFormed() ?? ''
  return text !== '' && text.length <= MAX_ID_LENGTH && !unsafeInId.test(text) ? text : null
}

/** The value found by following own keys (or array indices) from `value`; undefined when the path ends early. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined
    current = (current as Record<string | number, unknown>)[step]
  }
  return current
}

/** The objects in a value that may be one object or an array of them. */
export function objectsIn(value: unknown): JsonObject[] {
  return (Array.isArray(value) ? value : [value]).map(asObject).filter((item) => item !== null)
}

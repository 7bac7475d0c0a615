import type { JsonObject } from '@millrace/domain'

/** Bytes of JSON that the properties of one node or relationship may take; a record of its topic holds 1 MiB. */
const MAX_PROPERTIES_BYTES = 524_288
const MAX_TEXT_LENGTH = 65_536

/**
 * The properties, cut to `maxBytes` of JSON. Long texts are shortened first and end in `… [cut]`; then the largest other values give way to
 * `{"cut_bytes": size}`; last, properties go. What was cut says so in its own place, so that no list can outlive it. What fits comes back as it is.
 */
export function fitProperties(properties: JsonObject, maxBytes: number = MAX_PROPERTIES_BYTES): JsonObject {
  let total = jsonBytes(properties)
  if (total <= maxBytes) return properties
  const kept = new Map(Object.entries(properties))
  const largestFirst = [...kept].sort((a, b) => jsonBytes(b[1]) - jsonBytes(a[1]))
  for (const change of [shorten, replace, remove]) {
    for (const [name] of largestFirst) {
      if (total <= maxBytes) break
      const before = kept.get(name)
      const after = change(before)
      if (after === undefined) kept.delete(name)
      else kept.set(name, after)
      total += jsonBytes(after) - jsonBytes(before)
    }
  }
  return Object.fromEntries(kept)
}

function shorten(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= MAX_TEXT_LENGTH) return value
  return `${value.slice(0, MAX_TEXT_LENGTH).toWellFormed()}… [cut]`
}

function replace(value: unknown): unknown {
  const marker = { cut_bytes: jsonBytes(value) }
  return jsonBytes(marker) < jsonBytes(value) ? marker : value
}

function remove(): undefined {
  return undefined
}

function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value))
}

import type { Attributes } from '@opentelemetry/api'

/** Most sets of labels that are remembered; what is beyond is made anew each time. */
const MAX_REMEMBERED = 2_000

/**
 * Makes labels of a metric, the same frozen object for the same parts: by its identity the series is found without hashing its content (service-kit,
 * tallied metrics). No part may contain a line break, as no name, route, rule and method does.
 */
export function createLabels<P extends readonly (string | number)[]>(make: (...parts: P) => Attributes) {
  const known = new Map<string, Attributes>()
  return (...parts: P): Attributes => {
    const key = parts.length === 1 ? String(parts[0]) : parts.join('\n')
    const labels = known.get(key)
    if (labels !== undefined) return labels
    const made = Object.freeze(make(...parts))
    if (known.size < MAX_REMEMBERED) known.set(key, made)
    return made
  }
}

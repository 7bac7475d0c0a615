import type { Attributes } from '@opentelemetry/api'

/** Most sets of labels that are remembered; what is beyond is made anew each time. */
const MAX_REMEMBERED = 2_000

/**
 * Makes labels of a metric, the same frozen object for the same parts: by its identity the series is found without hashing its content (service-kit,
 * tallied metrics). No part may contain a line break, as no name, route, rule and method does.
 */
export function createLabels<P extends readonly (string | number)[]>(make: (...parts: P) => Attributes) {
  const known = new Map<string, Attributes>()
  // Most requests are of the same kind as the one before.
  let last: P | undefined
  let labelsOfLast: Attributes = {}
  const labelsOf = (parts: P): Attributes => {
    const key = parts.join('\n')
    const labels = known.get(key) ?? Object.freeze(make(...parts))
    if (known.size < MAX_REMEMBERED) known.set(key, labels)
    return labels
  }
  return (...parts: P): Attributes => {
    if (last === undefined || !parts.every((part, place) => part === last?.[place])) {
      labelsOfLast = labelsOf(parts)
      last = parts
    }
    return labelsOfLast
  }
}

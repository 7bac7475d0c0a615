/** Key ids that were looked for in the whole topic and are not there. */
export interface LostKeys {
  has(keyId: string): boolean
  /** Whether the whole topic may be read for these; false while that was done a short time ago, or when all are known to be lost. */
  mayLook(keyIds: readonly string[]): boolean
  /** These were not in it. */
  note(keyIds: readonly string[]): void
}

/** Reading the whole topic costs minutes in a large installation, and a header may name anything. */
const LOOK_EVERY_MS = 300_000
const MAX_LOST = 10_000

/** @param now milliseconds of any clock that does not go back */
export function createLostKeys(now: () => number = () => performance.now()): LostKeys {
  const lost = new Set<string>()
  let lookedAt = Number.NEGATIVE_INFINITY
  return {
    has: (keyId) => lost.has(keyId),
    mayLook(keyIds) {
      if (keyIds.every((keyId) => lost.has(keyId)) || now() - lookedAt < LOOK_EVERY_MS) return false
      lookedAt = now()
      return true
    },
    note(keyIds) {
      for (const keyId of keyIds) {
        lost.add(keyId)
        if (lost.size > MAX_LOST) lost.delete(lost.values().next().value as string)
      }
    },
  }
}

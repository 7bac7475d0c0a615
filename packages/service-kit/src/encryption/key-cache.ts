import type { KeyObject } from 'node:crypto'

/** What a process knows of a key. */
export type KnownKey = UsableKey | 'destroyed' | 'lost'

export interface UsableKey {
  readonly keyId: string
  readonly key: KeyObject
}

/** What is remembered for a while; what was set or held longest ago goes first. */
export interface KeyCache {
  /** Not older than the limit. */
  get(name: string): KnownKey | undefined
  /**
   * The same, and that it stays so for a while: young enough that `get` finds it during the next 10 s, and among the last to go when there are too many.
   */
  hold(name: string): KnownKey | undefined
  /** However old, for when nobody can be asked. */
  getStale(name: string): KnownKey | undefined
  set(name: string, known: KnownKey): void
}

interface Entry {
  readonly known: KnownKey
  readonly since: number
}

/** What was fetched for a batch is used in this time. */
const HELD_MS = 10_000

/** @param maxAgeMs milliseconds, more than 10,000 @param now milliseconds of any clock that does not go back */
export function createKeyCache(
  maxEntries: number,
  maxAgeMs: number,
  now: () => number = () => performance.now(),
): KeyCache {
  const entries = new Map<string, Entry>()
  return {
    get(name) {
      const entry = entries.get(name)
      return entry === undefined || now() - entry.since > maxAgeMs ? undefined : entry.known
    },
    hold(name) {
      const entry = entries.get(name)
      if (entry === undefined || now() - entry.since > maxAgeMs - HELD_MS) return undefined
      entries.delete(name)
      entries.set(name, entry)
      return entry.known
    },
    getStale: (name) => entries.get(name)?.known,
    set(name, known) {
      // At the end again: a map keeps the order of first insertion.
      entries.delete(name)
      entries.set(name, { known, since: now() })
      if (entries.size > maxEntries) entries.delete(entries.keys().next().value as string)
    },
  }
}

import type { ReadParts } from '@millrace/domain'

/** One event goes to several endpoints within moments; each asks for the same. What is older may have changed. */
const KEPT_MS = 10_000
/** An answer can be large: few are kept. */
const MOST = 100

/** Lets callers that ask for the same at about the same time share one read; a failed one is not kept. */
export interface SharedReads {
  /** The answer to `key`, or what `read` gives. @throws what `read` throws */
  get(key: string, read: () => Promise<ReadParts>): Promise<ReadParts>
}

export function createSharedReads(now: () => number = Date.now): SharedReads {
  const kept = new Map<string, { readonly until: number; readonly parts: Promise<ReadParts> }>()
  return {
    get(key, read) {
      const before = kept.get(key)
      if (before !== undefined && before.until > now()) return before.parts
      const parts = read()
      kept.delete(key)
      kept.set(key, { until: now() + KEPT_MS, parts })
      const [oldest] = kept.keys()
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest)
      parts.catch(() => {
        if (kept.get(key)?.parts === parts) kept.delete(key)
      })
      return parts
    },
  }
}

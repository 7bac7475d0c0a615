import { randomBytes } from 'node:crypto'

/** Ids that make an event of Front, a conversation or what is in it; those of people, inboxes and tags stay. */
const ids = /\b(evt|cnv|msg|com)_[0-9a-z]+\b/g

/** The same text with ids that were never used before; equal ones stay equal, all other bytes stay. */
export function freshIds(text: string): string {
  const run = randomBytes(5).readUIntBE(0, 5).toString(36)
  const renamed = new Map<string, string>()
  return text.replaceAll(ids, (id, kind: string) => {
    const known = renamed.get(id) ?? `${kind}_${run}${renamed.size.toString(36).padStart(2, '0')}`
    renamed.set(id, known)
    return known
  })
}

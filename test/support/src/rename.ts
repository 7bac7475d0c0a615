import { randomBytes } from 'node:crypto'

const times = /("(?:emitted_at|created_at|updated_at|posted_at|waiting_since)"\s*:\s*)(\d{10}(?:\.\d+)?)/g
/** Ids that make an event, a conversation or what is in it; those of people, inboxes and tags stay. */
const ids = /\b(evt|cnv|msg|com)_[0-9a-z]+\b/g

/** Gives each old id one new id, over all texts of a run. Ids rise in the order in which they are first met. */
export function createRenamer(): (text: string) => string {
  const run = randomBytes(5).readUIntBE(0, 5).toString(36)
  const renamed = new Map<string, string>()
  return (text) =>
    text.replaceAll(ids, (id, prefix: string) => {
      const known = renamed.get(id) ?? `${prefix}_${run}${renamed.size.toString(36).padStart(2, '0')}`
      renamed.set(id, known)
      return known
    })
}

/** The newest time in a text, in seconds; null when there is none. */
export function newestTime(text: string): number | null {
  const found = [...text.matchAll(times)].map((match) => Number(match[2]))
  return found.length === 0 ? null : Math.max(...found)
}

/** Moves every time of a text by so many seconds; everything else keeps its bytes. */
export function shiftTimes(text: string, seconds: number): string {
  return text.replaceAll(
    times,
    (_, before: string, time: string) => before + Number((Number(time) + seconds).toFixed(3)),
  )
}

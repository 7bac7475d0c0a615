import { allTopics, type Topic } from '@millrace/schemas'

const DAY_MS = 86_400_000
/** Kafka deletes whole segments: a record may stay for so long after its retention, unless the cluster sets another `segment.ms`. */
export const SEGMENT_MS = 7 * DAY_MS

/** Topics whose records are encrypted by subject, with their dead letters. */
export function personalTopics(): Topic<unknown>[] {
  const all = allTopics()
  const named = new Set(all.filter((topic) => topic.subject !== undefined).map(({ name }) => name))
  return all.filter(({ name }) => named.has(name) || named.has(name.replace(/\.dlq\..*$/, '')))
}

/** When the last record that was written at `at` (epoch ms) is gone from every topic, whatever it holds: after retention, and by whole segments. */
export function lastExpiry(at: number): number {
  const longest = Math.max(...personalTopics().map(({ retentionMs }) => retentionMs))
  return at + longest + SEGMENT_MS
}

/** A day in UTC: `2026-11-23`. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

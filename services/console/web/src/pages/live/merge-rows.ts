import type { EventSummary } from '../../app/answers.ts'

/** What came on top, newest first; an event that is shown already changes in its place. At most `most` rows. */
export function mergeRows(
  before: readonly EventSummary[],
  came: readonly EventSummary[],
  most: number,
): readonly EventSummary[] {
  const latest = new Map(came.map((event) => [event.event_id, event]))
  const kept = before.map((event) => {
    const newer = latest.get(event.event_id)
    latest.delete(event.event_id)
    return newer ?? event
  })
  return [...Array.from(latest.values()).reverse(), ...kept].slice(0, most)
}

import type { FrontItem } from '@millrace/test-support'

/** Three calls read a conversation: itself, its messages, its comments. */
const CALLS_A_READ = 3
/** A list of conversations gives at most so many a page. */
const LISTED = 100

/**
 * Calls of a poller that no plan holds back: each minute it lists the conversations by update until it meets one that it knows, and reads each that
 * changed. Counted from the events that happened, so changes that no event tells of are in its favour.
 */
export function callsOfPoller(events: readonly FrontItem[], minutes: number): number {
  const changed = new Map<number, Set<string>>()
  for (const event of events) {
    const minute = Math.floor(Number(event.emitted_at) / 60)
    const ids = changed.get(minute) ?? new Set()
    changed.set(minute, ids.add((event.conversation as FrontItem).id))
  }
  const idle = Math.max(0, Math.ceil(minutes) - changed.size)
  const busy = [...changed.values()].map(({ size }) => Math.ceil((size + 1) / LISTED) + size * CALLS_A_READ)
  return busy.reduce((sum, calls) => sum + calls, idle)
}

import type { EventGap } from '@millrace/schemas'

/** Kept at most, so that a position stays a small record; beyond it the nearest two become one, which reads more, never less. */
const MAX_GAPS = 100

/** Adds times whose events are to be read. Overlapping and touching ones become one; oldest first. */
export function addGaps(gaps: readonly EventGap[], more: readonly EventGap[]): EventGap[] {
  const sorted = [...gaps, ...more].filter(({ from, until }) => from < until).sort((a, b) => a.from - b.from)
  const joined: EventGap[] = []
  for (const gap of sorted) {
    const last = joined.at(-1)
    if (last !== undefined && gap.from <= last.until) joined[joined.length - 1] = join(last, gap)
    else joined.push(gap)
  }
  while (joined.length > MAX_GAPS) joinNearest(joined)
  return joined
}

/** What is left to read once everything after `from` and before `reached` was read; what happened at `reached` itself may be more than was read. */
export function withoutRead(gaps: readonly EventGap[], from: number, reached: number): EventGap[] {
  return gaps.flatMap((gap) => {
    if (gap.until <= from || gap.from >= reached) return [gap]
    const before = gap.from < from ? [{ ...gap, until: from }] : []
    const after = gap.until > reached ? [{ ...gap, from: Math.max(gap.from, reached - 1) }] : []
    return [...before, ...after]
  })
}

/**
 * The times in which webhooks were missed, by when conversations changed without an event that tells it. Changes that lie near each other are taken
 * for one outage: what else happened in it, and was covered by a later event of its conversation, shows in no list.
 */
export function gapsAround(
  times: readonly number[],
  reach: { readonly marginMs: number; readonly joinMs: number },
): EventGap[] {
  const gaps: EventGap[] = []
  for (const time of [...times].sort((a, b) => a - b)) {
    const last = gaps.at(-1)
    const until = time + reach.marginMs
    if (last !== undefined && time - reach.marginMs - last.until <= reach.joinMs)
      gaps[gaps.length - 1] = { ...last, until }
    else gaps.push({ from: time - reach.marginMs, until, reason: 'finding' })
  }
  return gaps
}

function join(a: EventGap, b: EventGap): EventGap {
  const reason = a.reason === 'outage' || b.reason === 'outage' ? 'outage' : a.reason
  return { from: a.from, until: Math.max(a.until, b.until), reason }
}

function joinNearest(gaps: EventGap[]): void {
  let best = 1
  for (let place = 1; place < gaps.length; place++) {
    if (distance(gaps, place) < distance(gaps, best)) best = place
  }
  const [a, b] = [gaps[best - 1], gaps[best]]
  if (a !== undefined && b !== undefined) gaps.splice(best - 1, 2, join(a, b))
}

function distance(gaps: readonly EventGap[], place: number): number {
  return (gaps[place]?.from ?? 0) - (gaps[place - 1]?.until ?? 0)
}

/** What one look at the installation gave. */
export interface Finding {
  readonly part: string
  /** `skipped`: not asked for, or not possible while something before it fails. */
  readonly state: 'ok' | 'warning' | 'failure' | 'skipped'
  readonly text: string
  /** What to do; of every warning and failure. */
  readonly fix?: string
  /** One thing each, where `text` tells only the first of many. */
  readonly details?: readonly string[]
}

const FIRST = 3

/** The first of many things, and how many more there are; all of them are its details. */
export function firstOf(all: readonly string[], between: string): string {
  const more = all.length - FIRST
  return `${all.slice(0, FIRST).join(between)}${more > 0 ? `${between}and ${more} more (--details)` : ''}`
}

export const ok = (part: string, text: string): Finding => ({ part, state: 'ok', text })
export const skipped = (part: string, text: string): Finding => ({ part, state: 'skipped', text })
export const warning = (part: string, text: string, fix: string): Finding => ({ part, state: 'warning', text, fix })
export const failure = (part: string, text: string, fix: string): Finding => ({ part, state: 'failure', text, fix })

/** The gateway takes signed times that are up to five minutes off. A clock is told of long before that, since it goes on drifting. */
const SKEW_WARNING_MS = 2_000
const SKEW_FAILURE_MS = 60_000

/** @param theirs epoch milliseconds by the other's clock @param before and after: ours around the question */
export function clockFinding(part: string, theirs: number, before: number, after: number): Finding {
  const skew = theirs < before ? theirs - before : theirs > after ? theirs - after : 0
  const text = `${Math.round(Math.abs(skew))} ms ${skew < 0 ? 'behind' : 'ahead of'} this machine`
  const fix = 'let both machines keep time by NTP (timedatectl, chrony)'
  if (Math.abs(skew) > SKEW_FAILURE_MS) return failure(part, text, fix)
  return Math.abs(skew) > SKEW_WARNING_MS ? warning(part, text, fix) : ok(part, text)
}

import type { Position, Positions } from './positions.ts'

export interface TrackOptions {
  readonly positions: Positions
  readonly tenant: string
  readonly account: string
  readonly graceMs: number
  readonly overlapMs: number
}

/** The position of the account that this process polls, ahead of what is stored by a moment. */
export interface Tracker {
  readonly now: Position
  /** True when the account had been read before. */
  readonly wasKnown: boolean
  update(change: Partial<Position>): void
  /** Stores it if that is worth a record: it went on, or nothing was stored for a while. `isSoon`: the next one follows, at most one a second. */
  save(isSoon?: boolean): Promise<void>
}

const SOON_MS = 1_000
/** A list without news goes on being read; how long ago that was need not be known to the second. */
const IDLE_MS = 10_000

/** Where reading goes on. An account that was never read begins now: what happened before is a backfill's to read. */
export async function trackPosition({
  positions,
  tenant,
  account,
  graceMs,
  overlapMs,
}: TrackOptions): Promise<Tracker> {
  await positions.ready
  const known = positions.of(tenant, account)
  const startedAt = Date.now()
  let now: Position = known ?? {
    eventsUntil: startedAt - overlapMs,
    comparedUntil: startedAt - graceMs,
    gaps: [],
    readAt: startedAt,
  }
  let stored: Position | undefined = known
  let storedAt = 0

  const tracker: Tracker = {
    get now() {
      return now
    },
    wasKnown: known !== undefined,
    update(change) {
      now = { ...now, ...change }
    },
    async save(isSoon = false) {
      if (stored === now) return
      const age = Date.now() - storedAt
      if (age < (isSoon ? SOON_MS : hasMoved(stored, now) ? 0 : IDLE_MS)) return
      const saved = now
      storedAt = Date.now()
      await positions.save(tenant, account, saved)
      stored = saved
    },
  }
  // An outage in its very first minute must be seen as one.
  if (known === undefined) await tracker.save()
  return tracker
}

function hasMoved(before: Position | undefined, now: Position): boolean {
  return (
    before === undefined ||
    before.eventsUntil !== now.eventsUntil ||
    before.comparedUntil !== now.comparedUntil ||
    before.gaps !== now.gaps
  )
}

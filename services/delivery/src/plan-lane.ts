import type { WaitCause } from '@millrace/schemas'
import { breakerNow, type Health } from './endpoint-health.ts'

/** The deliveries of one endpoint that one process has in hand, in numbers. Times are epoch milliseconds. */
export interface LaneView {
  /** Waiting: those that have waited out a time of their own (a retry, a reserved slot), then new ones. */
  readonly returned: number
  readonly fresh: number
  /** Tries that are under way, or asked for. */
  readonly open: number
  /** Whether the oldest of them is long under way. */
  readonly isSlow: boolean
  /** How long its tries take, milliseconds; undefined before the first has ended. */
  readonly tryMs: number | undefined
  readonly maxInFlight: number
  readonly perMinute: number
  /** What `perMinute` counts within, milliseconds. */
  readonly windowMs: number
  /** Whether this process holds so many deliveries that each endpoint may have only a few. */
  readonly isCrowded: boolean
  /** Nothing is granted before this time. */
  readonly heldUntil: number
  /** The first free slot behind those that parked deliveries have reserved. */
  readonly nextSlot: number
  readonly health: Health
}

export interface LanePlan {
  /** Grants to ask for, for the first that wait. */
  readonly ask: number
  /** How many of the first stay; the others are parked in slots from `parkFrom` on. */
  readonly stay: number
  readonly parkFrom: number
  readonly cause: WaitCause
  /** When to plan again though nothing has happened; undefined when something will. */
  readonly lookAt: number | undefined
}

/** What is due sooner waits in memory; parking costs two writes and the shortest tier. */
export const HOLD_MS = 2_500
/** What waits behind slow answers comes back more rarely. */
const SLOW_REST_MS = 10_000
const FEW = 20
const MANY = 200
const MOST = 1_000
/** What is parked is away for the shortest tier's 4 s and a little: an endpoint that takes more than `MANY` meanwhile would wait for it. */
const AWAY_MS = 5_000

/**
 * Deliveries of one endpoint in memory beside those under way: what may be sent within a minute, where there is room for it, and no more than it takes while
 * others are parked.
 */
export function heldAtMost({
  maxInFlight,
  perMinute,
  isCrowded,
  isSlow,
  tryMs = 0,
}: Pick<LaneView, 'maxInFlight' | 'perMinute' | 'isCrowded' | 'isSlow' | 'tryMs'>): number {
  const few = Math.min(FEW + maxInFlight, MANY)
  if (isCrowded) return few
  const taken = isSlow ? 0 : Math.floor((maxInFlight * AWAY_MS) / Math.max(1, tryMs))
  return Math.max(few, Math.min(perMinute, MOST, Math.max(MANY, taken)))
}

/** What to do with the deliveries of an endpoint now. */
export function planLane(view: LaneView, now: number): LanePlan {
  const waiting = view.returned + view.fresh
  const gate = gateOf(view, now)
  const isLong = gate !== undefined && gate.until - now > HOLD_MS
  if (isLong)
    return { ask: 0, stay: 0, parkFrom: Math.max(gate.until, view.nextSlot), cause: gate.cause, lookAt: undefined }
  const allowed = breakerNow(view.health, now) === 'probe' ? 1 : view.maxInFlight
  const ask = gate === undefined ? Math.max(0, Math.min(waiting, allowed - view.open)) : 0
  // Who comes now does not pass those that had to wait for a slot.
  const isQueueParked = view.nextSlot > now + HOLD_MS
  const most = ask + heldAtMost(view)
  const stay = Math.min(most, isQueueParked ? view.returned : waiting)
  // What stays takes all that the next minute allows.
  const isMinuteTaken = stay >= view.perMinute
  const restMs = isMinuteTaken ? view.windowMs : view.isSlow ? SLOW_REST_MS : HOLD_MS
  const parkFrom = Math.max(now + restMs, view.nextSlot)
  return { ask: Math.min(ask, stay), stay, parkFrom, cause: gate?.cause ?? 'throttled', lookAt: gate?.until }
}

function gateOf({ health, heldUntil }: LaneView, now: number): { until: number; cause: WaitCause } | undefined {
  const throttledUntil = Math.max(heldUntil, health.blockedUntil)
  const breakerUntil = breakerNow(health, now) === 'none' ? health.openUntil : 0
  if (Math.max(throttledUntil, breakerUntil) <= now) return undefined
  return breakerUntil >= throttledUntil
    ? { until: breakerUntil, cause: 'breaker' }
    : { until: throttledUntil, cause: 'throttled' }
}

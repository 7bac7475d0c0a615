/**
 * Who a call is for, the most urgent first. `live-*`: refreshes by the priority of their event; `delivery`: reads that a delivery waits for;
 * `reconciliation`: looking for what webhooks did not tell; `replay`: of a person's replay or backfill; `poll`: the regular poll.
 */
export const lanes = ['live-high', 'delivery', 'live-medium', 'live-low', 'reconciliation', 'replay', 'poll'] as const

export type Lane = (typeof lanes)[number]

interface LaneRule {
  /** Share of the plan in percent that it gets while it has work, whatever the lanes above it ask for. 0: it has the rest, which is at least half. */
  readonly atLeast: number
  /** Share of the calls ready now, in percent, that it leaves to the lanes above it beyond `atLeast`: they then need not wait. */
  readonly leaves: number
  /** Share of the burst pool, in percent, that it leaves to the lanes above it; null: it never uses the pool. */
  readonly leavesBurst: number | null
}

export const laneRules: Readonly<Record<Lane, LaneRule>> = {
  'live-high': { atLeast: 0, leaves: 0, leavesBurst: 0 },
  delivery: { atLeast: 10, leaves: 10, leavesBurst: 20 },
  'live-medium': { atLeast: 15, leaves: 15, leavesBurst: 30 },
  'live-low': { atLeast: 10, leaves: 30, leavesBurst: 60 },
  reconciliation: { atLeast: 5, leaves: 50, leavesBurst: null },
  replay: { atLeast: 5, leaves: 55, leavesBurst: null },
  poll: { atLeast: 5, leaves: 60, leavesBurst: null },
}

/** What the rules of Front and our own pace are counted by. @see https://dev.frontapp.com/docs/rate-limiting */
export const budgetRules = {
  minuteMs: 60_000,
  /** The burst pool is half the plan and full again after this. */
  burstRefillMs: 600_000,
  perResource: 5,
  resourceMs: 1_000,
  searchPercent: 40,
  /** A lane that was refused counts as waiting for this long: it asks again sooner. */
  wantMs: 1_500,
  /** What the burst pool did not pay in this time it may pay at once. */
  burstSlackMs: 1_000,
  /** While nothing is known of the plan's use, one call at a time is made, and others ask again after this. */
  probeMs: 50,
  /** Part of the plan that calls of others may be which nobody knows of, in the time after Redis lost its memory. */
  unseenPercent: 10,
  /** Who must let a lane above go first asks again after this. */
  yieldMs: 100,
  /** A `x-ratelimit-reset` further away than this is a wrong clock. */
  maxResetMs: 120_000,
  /** What is known is forgotten when nobody called for this long. Longer than a quiet night: who knows nothing waits for `resourceMs`. */
  keepMs: 86_400_000,
} as const

import type { EndpointState } from '@millrace/schemas'

/** How an endpoint does, as its owner sees it. Times are epoch milliseconds. */
export interface Health {
  readonly breaker: EndpointState['breaker']
  readonly openUntil: number
  readonly timesOpened: number
  /** Failures since the last success, as far as this owner has seen them. */
  readonly failures: number
  readonly failingSince: number | null
  readonly lastSuccessAt: number | null
  readonly blockedUntil: number
  readonly disabledAt: number | null
  readonly disabledReason: EndpointState['disabled_reason']
  readonly noticedPercent: number
}

/** What one try says of its endpoint. */
export interface Outcome {
  readonly startedAt: number
  readonly endedAt: number
  readonly isSuccess: boolean
  /** False for what is our own fault. */
  readonly countsAgainstEndpoint: boolean
  /** It answered that it wants no more. */
  readonly isGone: boolean
  /** It asked for nothing before this time; 0 when it did not. */
  readonly blockedUntil: number
}

export interface HealthRules {
  /** Failures in a row that open the breaker. */
  readonly opensAfter: number
  /** First time that an open breaker stays so, doubled with each probe that fails. */
  readonly firstOpenMs: number
  readonly longestOpenMs: number
  /** Of only failures; then the endpoint is disabled. */
  readonly disableAfterMs: number
  /** After that: what comes then is kept as dead letters, for when it is enabled; what comes later is not requested. */
  readonly keepForMs: number
}

const DAY = 86_400_000
/** `scale` multiplies every time; 1 outside tests. */
export function healthRules(scale: number): HealthRules {
  return {
    opensAfter: 10,
    firstOpenMs: 15_000 * scale,
    longestOpenMs: 600_000 * scale,
    disableAfterMs: 5 * DAY * scale,
    keepForMs: 7 * DAY * scale,
  }
}

/** Shares of the time until it is disabled at which its owner is told, percent. */
export const NOTICE_PERCENTS = [50, 70, 90] as const

export const wellHealth: Health = {
  breaker: 'closed',
  openUntil: 0,
  timesOpened: 0,
  failures: 0,
  failingSince: null,
  lastSuccessAt: null,
  blockedUntil: 0,
  disabledAt: null,
  disabledReason: '',
  noticedPercent: 0,
}

/** How the endpoint does after a try. Faults of ours change nothing. */
export function healthAfter(health: Health, outcome: Outcome, rules: HealthRules): Health {
  const blockedUntil = Math.max(health.blockedUntil, outcome.blockedUntil)
  if (outcome.isSuccess) {
    // What was begun before it was disabled does not enable it: that is its owner's to do.
    const { disabledAt, disabledReason } = health
    return { ...wellHealth, disabledAt, disabledReason, blockedUntil, lastSuccessAt: outcome.endedAt }
  }
  if (!outcome.countsAgainstEndpoint) return { ...health, blockedUntil }
  const failed = {
    ...health,
    blockedUntil,
    failures: health.failures + 1,
    failingSince: health.failingSince ?? outcome.startedAt,
  }
  return disabledIf(withBreaker(failed, outcome, rules), outcome, rules)
}

function withBreaker(health: Health, { startedAt, endedAt }: Outcome, rules: HealthRules): Health {
  const isOpen = health.breaker !== 'closed'
  // What was sent before it opened says nothing new.
  const wasProbe = isOpen && startedAt >= health.openUntil
  if (isOpen ? !wasProbe : health.failures < rules.opensAfter) return health
  const openMs = Math.min(rules.longestOpenMs, rules.firstOpenMs * 2 ** Math.min(health.timesOpened, 20))
  return { ...health, breaker: 'open', openUntil: endedAt + openMs, timesOpened: health.timesOpened + 1 }
}

function disabledIf(health: Health, { endedAt, isGone }: Outcome, rules: HealthRules): Health {
  if (health.disabledAt !== null) return health
  if (isGone) return { ...health, disabledAt: endedAt, disabledReason: 'gone' }
  const isLong = health.failingSince !== null && endedAt - health.failingSince >= rules.disableAfterMs
  return isLong ? { ...health, disabledAt: endedAt, disabledReason: 'failing' } : health
}

/** The share of the time until it is disabled that is to be told now, percent; undefined when none is new. */
export function noticeDue(health: Health, now: number, rules: HealthRules): number | undefined {
  if (health.failingSince === null || health.disabledAt !== null) return undefined
  const percent = ((now - health.failingSince) / rules.disableAfterMs) * 100
  const reached = NOTICE_PERCENTS.findLast((step) => step <= percent)
  return reached !== undefined && reached > health.noticedPercent ? reached : undefined
}

/** Whether it is disabled: by the service, and not enabled anew since. `updatedAt`: of the endpoint as configured. */
export function isDisabled(health: Health, updatedAt: number): boolean {
  return health.disabledAt !== null && updatedAt <= health.disabledAt
}

/** Whether nothing more is to be requested for it: it answered that it wants nothing, or has been disabled for so long that nobody seems to look. */
export function wantsNothing(health: Health, updatedAt: number, now: number, rules: HealthRules): boolean {
  if (health.disabledAt === null || !isDisabled(health, updatedAt)) return false
  return health.disabledReason === 'gone' || now - health.disabledAt >= rules.keepForMs
}

/** What the breaker lets through: everything, one probe at a time, or nothing. */
export function breakerNow(health: Health, now: number): 'all' | 'probe' | 'none' {
  if (health.breaker === 'closed') return 'all'
  return now >= health.openUntil ? 'probe' : 'none'
}

/** Whether others need to know: a later owner, or whoever looks at the endpoint. A few failures alone are no news. */
export function isNews(before: Health, after: Health): boolean {
  const isFailing = (health: Health) => health.failures >= 3 || health.breaker !== 'closed'
  return (
    before.breaker !== after.breaker ||
    before.openUntil !== after.openUntil ||
    before.disabledAt !== after.disabledAt ||
    before.noticedPercent !== after.noticedPercent ||
    after.blockedUntil > before.blockedUntil ||
    (before.failingSince !== null) !== (after.failingSince !== null && isFailing(after))
  )
}

export function healthOf(state: EndpointState): Health {
  return {
    breaker: state.breaker,
    openUntil: state.open_until,
    timesOpened: state.times_opened,
    failures: 0,
    failingSince: state.failing_since,
    lastSuccessAt: state.last_success_at,
    blockedUntil: state.blocked_until,
    disabledAt: state.disabled_at,
    disabledReason: state.disabled_reason,
    noticedPercent: state.noticed_percent,
  }
}

export function stateOf(
  { tenant, endpoint_id }: Pick<EndpointState, 'tenant' | 'endpoint_id'>,
  health: Health,
  now: number,
): EndpointState {
  return {
    tenant,
    endpoint_id,
    breaker: health.breaker,
    open_until: Math.round(health.openUntil),
    times_opened: health.timesOpened,
    failing_since: health.failingSince,
    last_success_at: health.lastSuccessAt,
    blocked_until: Math.round(health.blockedUntil),
    disabled_at: health.disabledAt,
    disabled_reason: health.disabledReason,
    noticed_percent: health.noticedPercent,
    updated_at: now,
  }
}

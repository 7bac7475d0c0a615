import { topicKey } from '@millrace/domain'
import type { Endpoint, EndpointState } from '@millrace/schemas'

/** What an endpoint does now: as its owner configured it, and by what deliveries have learnt of it. */
export interface EndpointCondition {
  /** `disabled`: by its owner. `gone` (it answered 410) and `failing` (only failures for too long): by the service. */
  readonly state: 'enabled' | 'disabled' | 'gone' | 'failing'
  /** Of the service, epoch milliseconds; null while it has not disabled it. */
  readonly disabledAt: number | null
  readonly breaker: EndpointState['breaker']
  /** When an open breaker lets the next try through, epoch milliseconds; null while it is closed. */
  readonly nextProbeAt: number | null
  /** First of the failures since the last success; null when there is none. */
  readonly failingSince: number | null
  /** It asked for nothing before this time; null when it does not. */
  readonly blockedUntil: number | null
}

/** `now`: epoch milliseconds. */
export function conditionOf(
  endpoint: Endpoint,
  states: ReadonlyMap<string, EndpointState>,
  now: number,
): EndpointCondition {
  const known = states.get(topicKey(endpoint.tenant, endpoint.endpoint_id))
  // Any later change of it by its owner enables it anew, and what was learnt before is forgotten.
  const state = known?.disabled_at != null && endpoint.updated_at > known.disabled_at ? undefined : known
  const isOpen = state !== undefined && state.breaker !== 'closed'
  return {
    state: !endpoint.is_enabled ? 'disabled' : state?.disabled_at == null ? 'enabled' : serviceState(state),
    disabledAt: state?.disabled_at ?? null,
    breaker: state?.breaker ?? 'closed',
    nextProbeAt: isOpen ? state.open_until : null,
    failingSince: state?.failing_since ?? null,
    blockedUntil: state !== undefined && state.blocked_until > now ? state.blocked_until : null,
  }
}

/** More reasons may follow; what is disabled for one of them fails. */
function serviceState({ disabled_reason }: EndpointState): 'gone' | 'failing' {
  return disabled_reason === 'gone' ? 'gone' : 'failing'
}

/** The same as fields of JSON. Times are epoch milliseconds. */
export function conditionFields(condition: EndpointCondition) {
  const { state, disabledAt, breaker, nextProbeAt, failingSince, blockedUntil } = condition
  return {
    state,
    disabled_at: disabledAt,
    breaker,
    next_probe_at: nextProbeAt,
    failing_since: failingSince,
    blocked_until: blockedUntil,
  }
}

import type { EndpointCondition, EndpointView } from '@millrace/operations'

/** What a view tells of how its endpoint does. */
export function conditionIn(view: EndpointView): EndpointCondition {
  return {
    state: view.state,
    disabledAt: view.disabled_at,
    breaker: view.breaker,
    nextProbeAt: view.next_probe_at,
    failingSince: view.failing_since,
    blockedUntil: view.blocked_until,
  }
}

/** In a column of a table. */
export function conditionWord({ state, nextProbeAt, failingSince }: EndpointCondition): string {
  if (state === 'gone') return 'gone (410)'
  if (state === 'failing') return 'disabled: failing'
  if (state === 'disabled') return state
  if (nextProbeAt !== null) return 'enabled, breaker open'
  return failingSince === null ? 'enabled' : 'enabled, fails'
}

/** Lines of `endpoints show`: name and value. `now`: epoch milliseconds. */
export function conditionRows(condition: EndpointCondition, id: string, now: number): [string, string | undefined][] {
  const { state, disabledAt, breaker, nextProbeAt, failingSince, blockedUntil } = condition
  const since = disabledAt === null ? '' : ` since ${time(disabledAt)}`
  const words = {
    enabled: 'enabled',
    disabled: 'disabled by its owner',
    gone: `gone: it answered 410 and is disabled${since}; millrace endpoints enable ${id} ends that`,
    failing: `disabled for answering nothing but failures${since}; millrace endpoints enable ${id} ends that`,
  }
  const probe =
    nextProbeAt === null ? '' : nextProbeAt > now ? `, next probe ${time(nextProbeAt)}` : ', next try probes'
  return [
    ['state', words[state]],
    ['breaker', nextProbeAt === null ? undefined : `${breaker}${probe}`],
    ['failing since', failingSince === null ? undefined : time(failingSince)],
    ['wants nothing', blockedUntil === null ? undefined : `before ${time(blockedUntil)}, as it asked`],
  ]
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}

import { type AccountHealth, type FrontClientOptions, type Lane, lanes, type Turns } from '@millrace/front-client'
import type { Meter, ObservableResult } from '@opentelemetry/api'

export interface FrontMetrics {
  readonly onCall: NonNullable<FrontClientOptions['onCall']>
  onTurn(lane: Lane, waitedMs: number, via: 'plan' | 'burst'): void
  onRefresh(result: string): void
  /** Counts an account's waiting calls and its health in, until what it returns is called. */
  watch(turns: Turns, health: AccountHealth): () => void
  close(): void
}

/** Calls of the Front API and what they waited for, over all accounts: an account's name is no label, as there may be thousands. */
export function frontMetrics(meter: Meter): FrontMetrics {
  const duration = meter.createHistogram('millrace.front.call.duration', {
    unit: 's',
    description: 'Calls of the Front API, by route without ids and status (0: no answer).',
    advice: { explicitBucketBoundaries: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] },
  })
  const waited = meter.createHistogram('millrace.front.budget.wait', {
    unit: 's',
    description: 'What calls of the Front API waited for their turn, by lane.',
    advice: { explicitBucketBoundaries: [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] },
  })
  const granted = meter.createCounter('millrace.front.budget.calls', {
    description: 'Calls of the Front API that got their turn, by lane and from what: plan or burst.',
  })
  const waiting = meter.createObservableGauge('millrace.front.budget.waiting', {
    description: 'Calls of the Front API that wait for their turn, by lane.',
  })
  const degraded = meter.createObservableGauge('millrace.front.degraded', {
    description: 'Accounts whose token Front refuses, by why: token (401) or scope (403 that names one).',
  })
  const refreshes = meter.createCounter('millrace.front.oauth.refreshes', {
    description: 'OAuth tokens refreshed, by result: refreshed, refused, unavailable.',
  })
  // Zeros at the start: a counter that begins with its first event looks to `rate` as if nothing had happened.
  for (const result of ['refreshed', 'refused', 'unavailable']) refreshes.add(0, { result })
  const all = new Map<Turns, AccountHealth>()
  const observe = (result: ObservableResult) => {
    for (const lane of lanes) {
      let calls = 0
      for (const turns of all.keys()) calls += turns.waiting(lane)
      result.observe(calls, { lane })
    }
  }
  const observeHealth = (result: ObservableResult) => {
    for (const [reason, status] of [
      ['token', 401],
      ['scope', 403],
    ] as const) {
      const refused = [...all.values()].filter((health) => health.degradations().some((each) => each.status === status))
      result.observe(refused.length, { reason })
    }
  }
  waiting.addCallback(observe)
  degraded.addCallback(observeHealth)
  return {
    onCall: ({ route, status, durationMs }) =>
      duration.record(durationMs / 1_000, { route: known(route), status: status ?? 0 }),
    onTurn(lane, waitedMs, via) {
      waited.record(waitedMs / 1_000, { lane })
      granted.add(1, { lane, via })
    },
    onRefresh: (result) => refreshes.add(1, { result }),
    watch(turns, health) {
      all.set(turns, health)
      return () => void all.delete(turns)
    },
    close() {
      waiting.removeCallback(observe)
      degraded.removeCallback(observeHealth)
    },
  }
}

/** A link of an answer may lead anywhere on an allowed host: no label for that. */
const routes = new Set([
  '/conversations',
  '/conversations/{id}',
  '/conversations/{id}/messages',
  '/conversations/{id}/comments',
  '/conversations/{id}/events',
  '/conversations/{id}/inboxes',
  '/events',
  '/events/{id}',
  '/messages/{id}',
  '/inboxes',
])

function known(route: string): string {
  return routes.has(route) ? route : 'other'
}

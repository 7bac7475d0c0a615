import { type FrontClientOptions, type Lane, lanes, type Turns } from '@millrace/front-client'
import type { Meter, ObservableResult } from '@opentelemetry/api'

export interface FrontMetrics {
  readonly onCall: NonNullable<FrontClientOptions['onCall']>
  onTurn(lane: Lane, waitedMs: number, via: 'plan' | 'burst'): void
  /** Counts an account's waiting calls in, until what it returns is called. */
  watch(turns: Turns): () => void
  close(): void
}

/** Calls of the Front API and what they waited for, over all accounts: an account's name is no label, as there may be thousands. */
export function frontMetrics(meter: Meter): FrontMetrics {
  const duration = meter.createHistogram('millrace.front.call.duration', {
    unit: 's',
    description: 'Calls of the Front API, by route without ids and status (0: no answer).',
  })
  const waited = meter.createHistogram('millrace.front.budget.wait', {
    unit: 's',
    description: 'What calls of the Front API waited for their turn, by lane.',
  })
  const granted = meter.createCounter('millrace.front.budget.calls', {
    description: 'Calls of the Front API that got their turn, by lane and from what: plan or burst.',
  })
  const waiting = meter.createObservableGauge('millrace.front.budget.waiting', {
    description: 'Calls of the Front API that wait for their turn, by lane.',
  })
  const all = new Set<Turns>()
  const observe = (result: ObservableResult) => {
    for (const lane of lanes) {
      let calls = 0
      for (const turns of all) calls += turns.waiting(lane)
      result.observe(calls, { lane })
    }
  }
  waiting.addCallback(observe)
  return {
    onCall: ({ route, status, durationMs }) =>
      duration.record(durationMs / 1_000, { route: known(route), status: status ?? 0 }),
    onTurn(lane, waitedMs, via) {
      waited.record(waitedMs / 1_000, { lane })
      granted.add(1, { lane, via })
    },
    watch(turns) {
      all.add(turns)
      return () => void all.delete(turns)
    },
    close: () => waiting.removeCallback(observe),
  }
}

/** A link of an answer may lead anywhere on an allowed host: no label for that. */
const routes = new Set([
  '/conversations',
  '/conversations/{id}',
  '/conversations/{id}/messages',
  '/conversations/{id}/comments',
  '/conversations/{id}/events',
  '/events',
  '/events/{id}',
  '/messages/{id}',
  '/inboxes',
])

function known(route: string): string {
  return routes.has(route) ? route : 'other'
}

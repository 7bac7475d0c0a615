import { type ConversationState, standingOf } from '@millrace/domain'
import type { ServiceContext } from '@millrace/service-kit'

/** The service's own signals. */
export function observeRefreshes(meter: ServiceContext<unknown>['meter']) {
  const lag = meter.createHistogram('millrace.snapshot.lag', {
    unit: 's',
    description: 'From the receipt of an event to the snapshot that reflects it, as that is handed to its transaction.',
    // 5 and 30 are the bounds of the objectives in deploy/SLO.md.
    advice: { explicitBucketBoundaries: [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 900] },
  })
  const reads = meter.createCounter('millrace.refresh.events', {
    description:
      'Events by how a read answered them: read, gone, merged; event, events, conversation-events: completed by that call; known: no call was needed; no-token; postponed.',
  })
  const failures = meter.createCounter('millrace.refresh.failures', {
    description: 'Reads that failed, by the code of the error; what may pass is tried again.',
  })
  return {
    onRead: (outcome: string, events: number) => reads.add(Math.max(1, events), { outcome }),
    onFailure: (code: string) => failures.add(1, { code }),
    /** The events that this snapshot reflects and the one before it did not. */
    onSnapshot: (state: ConversationState, before: ConversationState | undefined) => {
      if (before === undefined && state.events.length > 1) return
      const known = new Set(before === undefined ? [] : standingOf(before).reflected)
      const news = new Set(standingOf(state).reflected.filter((id) => !known.has(id)))
      for (const { id, got } of state.events)
        if (got > 0 && news.has(id)) lag.record(Math.max(0, Date.now() - got) / 1_000)
    },
  }
}

import { asTime } from '@millrace/domain'
import type { FrontClient } from '@millrace/front-client'
import { patiently } from '@millrace/service-kit'

/** Front gives at most this many events in one call. */
export const EVENTS_A_PAGE = 15

export interface EventEstimate {
  readonly events: number
  /** Calls that reading them takes. */
  readonly calls: number
  /** True when all were seen. */
  readonly isExact: boolean
  /** Calls that the estimate took. */
  readonly spent: number
}

export interface EstimateParts {
  readonly client: Pick<FrontClient, 'listEvents'>
  readonly patience: Parameters<typeof patiently>[1]
}

const PROBES = 6

/**
 * How many events there are after `since` and before `until` (epoch milliseconds), by how near those of a few pages lie to each other: Front tells no
 * count. A company's nights and weekends make it rough.
 */
export async function estimateEvents(
  { client, patience }: EstimateParts,
  since: number,
  until: number,
): Promise<EventEstimate> {
  let events = 0
  const step = (until - since) / PROBES
  for (let probe = 0; probe < PROBES; probe++) {
    const from = since + Math.floor(probe * step)
    const options = { after: from, before: until, order: 'asc', lane: 'replay', signal: patience.signal } as const
    const page = await patiently(() => client.listEvents(options), patience)
    const times = page.value.flatMap(({ emitted_at }) => asTime(emitted_at) ?? [])
    if (page.next === null) {
      // Everything from here to the end is on this page.
      const all = events + page.value.length
      return { events: all, calls: callsFor(all), isExact: probe === 0, spent: probe + 1 }
    }
    const span = Math.max(1, Math.max(...times) - from)
    const isWithin = span <= step
    events += isWithin ? Math.round((page.value.length * step) / span) : times.filter((at) => at - from <= step).length
  }
  return { events, calls: callsFor(events), isExact: false, spent: PROBES }
}

function callsFor(events: number): number {
  return Math.max(1, Math.ceil(events / EVENTS_A_PAGE))
}

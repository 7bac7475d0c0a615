import { delayBound, isHarmlessReason, isPolledType, isSentType, type ParityReason } from '@millrace/domain'
import type { Origin, ParityDifference, ParityFinding } from '@millrace/schemas'
import type { Mark, Missing } from './parity-marks.ts'

/** What is compared: one account's events of one span. */
export interface ComparedSpan {
  readonly tenant: string
  readonly account: string
  readonly source: string
  readonly since: number
  readonly until: number
  readonly foundAt: number
  /** Polling read everything of the span, so that what it did not bring is a difference; else only what it brought counts. */
  readonly isPolledWhole: boolean
  /** Requests that were refused for their signature or time while the span's webhooks were due. */
  readonly refused: number
}

export interface ComparedWindow {
  readonly finding: ParityFinding
  readonly missing: ReadonlyMap<string, Missing>
  /** Events that webhooks brought, whether or not polling did. */
  readonly accepted: number
  /** Events that webhooks should have brought: both ways, or polling and no harmless reason why not webhooks. */
  readonly expected: number
  readonly missed: number
  /** Why they were missed, as far as known. */
  readonly reasons: Readonly<Record<string, number>>
}

/** Listed of one span at most; the rest is counted. */
const MAX_LISTED = 500

/** Compares the two ways over a span whose copies have all been noted. */
export function compareWindow(span: ComparedSpan, marks: ReadonlyMap<string, Mark>): ComparedWindow {
  const counted = [...marks].filter(([, mark]) => span.isPolledWhole || mark.poll !== undefined)
  const isSilent = ![...marks.values()].some((mark) => mark.webhook !== undefined)
  const differences = counted
    .flatMap(([event, mark]) => difference(event, mark, { isSilent, refused: span.refused }))
    .sort((a, b) => a.occurred_at - b.occurred_at)
  const against = differences.filter((each) => each.seen_by === 'poll' && !isHarmlessReason(each.reason))
  const both = counted.filter(([, mark]) => mark.webhook !== undefined && mark.poll !== undefined).length
  return {
    finding: {
      ...{ tenant: span.tenant, account: span.account, source: span.source },
      ...{ kind: 'window', since: span.since, until: span.until, found_at: span.foundAt },
      types: typesOf(counted.map(([, mark]) => mark)),
      delays: delaysOf(counted.map(([, mark]) => mark)),
      differences: differences.slice(0, MAX_LISTED),
      unlisted: Math.max(0, differences.length - MAX_LISTED),
    },
    missing: new Map(differences.map(({ event_id, ...told }) => [event_id, missingOf(told)])),
    accepted: [...marks.values()].filter((mark) => mark.webhook !== undefined).length,
    expected: both + against.length,
    missed: against.length,
    reasons: countOf(against.map(({ reason }) => reason)),
  }
}

/** Takes back that an event was brought by one way only: the other copy came when that had been told. */
export function correctionOf(
  span: Omit<ComparedSpan, 'isPolledWhole' | 'refused'>,
  event: string,
  told: Missing,
  receivedAt: number,
): ParityFinding {
  const only = told.seen_by === 'webhook' ? { webhook_only: -1, poll_only: 0 } : { webhook_only: 0, poll_only: -1 }
  const origin: Origin = told.seen_by === 'webhook' ? 'poll' : 'webhook'
  const { type, occurred_at, conversation_id } = told
  return {
    ...{ tenant: span.tenant, account: span.account, source: span.source },
    ...{ kind: 'correction', since: span.since, until: span.until, found_at: span.foundAt },
    types: [{ type, both: 1, ...only }],
    delays: [{ origin, up_to_ms: delayBound(receivedAt - occurred_at), events: 1 }],
    differences: [{ event_id: event, type, seen_by: 'both', occurred_at, conversation_id, reason: 'late' }],
    unlisted: 0,
  }
}

interface Circumstances {
  readonly isSilent: boolean
  readonly refused: number
}

function difference(event_id: string, mark: Mark, around: Circumstances): ParityDifference[] {
  const { type, occurred_at, conversation_id } = mark
  if (mark.webhook !== undefined && mark.poll !== undefined) return []
  const seen_by: Origin = mark.webhook === undefined ? 'poll' : 'webhook'
  const reason = seen_by === 'poll' ? whyNoWebhook(mark, around) : whyNotPolled(mark)
  return [{ event_id, type, seen_by, occurred_at, conversation_id, reason }]
}

function whyNoWebhook(mark: Mark, { isSilent, refused }: Circumstances): ParityReason {
  if (!isSentType('front', mark.type)) return 'type-not-sent'
  if (mark.is_private) return 'private-inbox'
  if (refused > 0) return 'verification-failures'
  return isSilent ? 'no-webhooks-then' : 'unknown'
}

function whyNotPolled(mark: Mark): ParityReason {
  if (!mark.is_named) return 'no-event-id'
  if (!isPolledType('front', mark.type)) return 'type-not-polled'
  return mark.is_private ? 'private-inbox' : 'unknown'
}

function missingOf({ seen_by, type, occurred_at, conversation_id }: Omit<ParityDifference, 'event_id'>): Missing {
  return { seen_by: seen_by === 'webhook' ? 'webhook' : 'poll', type, occurred_at, conversation_id }
}

function typesOf(marks: readonly Mark[]): ParityFinding['types'] {
  const byType = new Map<string, { both: number; webhook_only: number; poll_only: number }>()
  for (const { type, webhook, poll } of marks) {
    const counts = byType.get(type) ?? { both: 0, webhook_only: 0, poll_only: 0 }
    byType.set(type, counts)
    if (webhook !== undefined && poll !== undefined) counts.both++
    else if (webhook !== undefined) counts.webhook_only++
    else counts.poll_only++
  }
  return [...byType].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, counts]) => ({ type, ...counts }))
}

function delaysOf(marks: readonly Mark[]): ParityFinding['delays'] {
  return (['webhook', 'poll'] as const).flatMap((origin) => {
    const bounds = marks.flatMap((mark) => {
      const at = mark[origin]
      return at === undefined ? [] : [delayBound(at - mark.occurred_at)]
    })
    return Object.entries(countOf(bounds)).map(([bound, events]) => ({ origin, up_to_ms: Number(bound), events }))
  })
}

function countOf(values: readonly (string | number)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

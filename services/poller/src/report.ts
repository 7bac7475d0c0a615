import type { EventOutcome } from '@millrace/service-kit'
import type { Meter } from '@opentelemetry/api'
import { type FindingKind, findingKinds } from './findings.ts'
import type { Position } from './positions.ts'

/** What becomes visible of one account. */
export interface AccountReport {
  /** Where to look for the position while this process polls the account. */
  follow(position: () => Position): void
  /** This process polls it no more. */
  end(): void
  event(outcome: EventOutcome): void
  finding(kind: FindingKind): void
}

export interface PollerReport {
  /** `account`: tenant/account; as many as are configured. */
  of(account: string): AccountReport
  /** An event came into being by its polled copy. */
  firstByPoll(account: string): void
}

const outcomes: readonly EventOutcome[] = ['stored', 'seen', 'refused']

export function createReport(meter: Meter): PollerReport {
  const events = meter.createCounter('millrace.poller.events', {
    description:
      'Events read from lists, by what became of them: stored, seen (stored before by this process), refused (too large).',
  })
  const findings = meter.createCounter('millrace.poller.findings', {
    description:
      'Conversations ahead of what was known: unknown, missed (no event tells), behind (an event does), unsure.',
  })
  const first = meter.createCounter('millrace.poller.events_first_polled', {
    description: 'Events that became known by polling before, or without, their webhook.',
  })
  const polled = new Map<string, (() => Position) | null>()
  observe(meter, polled)
  return {
    firstByPoll: (account) => first.add(1, { account }),
    of(account) {
      // Zeros at the start: a counter that begins with its first event looks to `rate` as if nothing had happened.
      for (const outcome of outcomes) events.add(0, { account, outcome })
      for (const kind of findingKinds) findings.add(0, { account, kind })
      first.add(0, { account })
      return {
        follow: (position) => void polled.set(account, position),
        // The SDK goes on reporting the last value of a series; the new owner tells this one's.
        end: () => void (polled.has(account) && polled.set(account, null)),
        event: (outcome) => events.add(1, { account, outcome }),
        finding: (kind) => findings.add(1, { account, kind }),
      }
    },
  }
}

function observe(meter: Meter, polled: ReadonlyMap<string, (() => Position) | null>): void {
  const lastRead = meter.createObservableGauge('millrace.poller.last_read', {
    unit: 's',
    description:
      'When the last complete read of the list of events began, Unix time; by the replica that polls the account.',
  })
  const age = meter.createObservableGauge('millrace.poller.position_age', {
    unit: 's',
    description:
      'Time since the last complete read of the list of events began; by the replica that polls the account.',
  })
  const gaps = meter.createObservableGauge('millrace.poller.gaps', {
    unit: 's',
    description: 'Length of the times whose events are still to be read.',
  })
  meter.addBatchObservableCallback(
    (result) => {
      for (const [account, position] of polled) {
        if (position === null) {
          result.observe(age, 0, { account })
          result.observe(gaps, 0, { account })
          continue
        }
        const { readAt, gaps: unread } = position()
        result.observe(lastRead, readAt / 1_000, { account })
        result.observe(age, Math.max(0, Date.now() - readAt) / 1_000, { account })
        const unreadMs = unread.reduce((sum, { from, until }) => sum + until - from, 0)
        result.observe(gaps, unreadMs / 1_000, { account })
      }
    },
    [lastRead, age, gaps],
  )
}

import { topicKey, unsentWords } from '@millrace/domain'
import type { FrontClient } from '@millrace/front-client'
import type { Kafka, Log } from '@millrace/kafka'
import { createSeenEvents, type EventOutcome, type EventRange, type ReadSoFar, readEvents } from '@millrace/service-kit'
import { compareConversations } from './compare-conversations.ts'
import type { FindingKind } from './findings.ts'
import { addGaps, gapsAround, withoutRead } from './gaps.ts'
import type { KnownTimes } from './known-times.ts'
import { type SilenceWatch, watchSilence } from './silence.ts'
import type { Polled } from './source-of-account.ts'
import type { Tracker } from './track-position.ts'

export interface ReadSettings {
  readonly reconcileMs: number
  readonly graceMs: number
  readonly overlapMs: number
  readonly lateMs: number
  readonly sharePercent: number
  readonly leaseMs: number
}

export interface AccountParts {
  readonly kafka: Kafka
  readonly known: KnownTimes
  readonly client: Pick<FrontClient, 'listEvents' | 'listConversations'>
  readonly tenant: string
  readonly account: string
  readonly tracker: Tracker
  readonly settings: ReadSettings
  /** The plan's calls a minute, as they are now. */
  callsPerMinute(): number
  readonly log: Log
  /** Resolves when events and snapshots that are there now have been noted by this process. */
  caughtUp(signal: AbortSignal): Promise<void>
  onEvent(outcome: EventOutcome): void
  onFinding(kind: FindingKind): void
  readonly signal: AbortSignal
}

/** The reading of one account's lists by the process that holds its lease. */
export interface AccountReader {
  /** The regular poll: what the list of events has beyond the position. `isFirst`: of this process, or since the source was not polled. */
  poll(polled: Polled, isFirst: boolean): Promise<void>
  /** What was listed late since this was last looked for. */
  sweep(polled: Polled): Promise<void>
  /** Once a period: compares the conversations that changed since the last comparison. */
  compare(polled: Polled): Promise<void>
  /** Once a period: reads the events that were listed late or that webhooks missed. */
  readMissed(polled: Polled): Promise<void>
}

/** Unexplained changes this near to each other are taken for one time of missed webhooks. */
const GAP_REACH = { marginMs: 5_000, joinMs: 60_000 }
const CATCH_UP_MS = 30_000
/** Of the 15 that a page holds. */
const OVERLAP_EVENTS = 8
/** By so many pages it is seen how many more there are. */
const PROBE_PAGES = 3
/** Events come unevenly: a list is taken for too long only when it looks this much longer than what can be read. */
const DOUBT = 2

export function createAccountReader(parts: AccountParts): AccountReader {
  const { tracker, settings } = parts
  const seen = createSeenEvents()
  /** Up to where the list was read when late events were last looked for. */
  let sweptUntil = tracker.now.eventsUntil
  let comparing: Promise<void> = Promise.resolve()

  const silence: SilenceWatch = watchSilence(tracker.now.readAt, 1.5 * settings.reconcileMs + 2 * settings.leaseMs)

  const read = (polled: Polled, range: EventRange, onPage?: (soFar: ReadSoFar) => Promise<void>) => {
    const owner = { tenant: parts.tenant, account: parts.account, source: polled.source.name }
    return readEvents({ ...parts, owner, seen }, range, async (soFar) => {
      silence.heard(Date.now())
      await onPage?.(soFar)
    })
  }
  const goTo = (time: number) => tracker.update({ eventsUntil: Math.max(tracker.now.eventsUntil, time) })
  /** When the newest events happened, the newest first. */
  let latest: readonly number[] = []
  const onward = async ({ reached, times }: ReadSoFar) => {
    latest = [...new Set([...latest, ...times])].sort((a, b) => b - a).slice(0, OVERLAP_EVENTS)
    goTo(reached)
    await tracker.save(true)
  }
  /** The overlap is as long as the setting says, or as the events are that a page has room for: it must not cost a busy company its calls. */
  const overlap = () => {
    const { eventsUntil } = tracker.now
    const last = latest.length < OVERLAP_EVENTS ? Number.NEGATIVE_INFINITY : (latest.at(-1) ?? eventsUntil)
    return Math.min(eventsUntil, Math.max(eventsUntil - settings.overlapMs, last)) - 1
  }

  /** Everything from the position on. */
  const readOn = async (polled: Polled, range: Omit<EventRange, 'before'>): Promise<ReadSoFar> => {
    const startedAt = Date.now()
    const soFar = await read(polled, range, onward)
    if (soFar.isComplete) {
      goTo(soFar.newest ?? 0)
      tracker.update({ readAt: startedAt })
    }
    return soFar
  }

  /** What was listed late, behind the position of a poll that goes on all the time. What is newer the next sweep looks at. */
  const sweep = async (polled: Polled) => {
    const until = tracker.now.eventsUntil
    const after = sweptUntil - settings.lateMs
    await read(polled, { after, before: sweptUntil, lane: 'poll', maxPages: Number.POSITIVE_INFINITY })
    sweptUntil = until
  }

  /** The list from a time on, where a period's calls reach to its end as far as its first pages show; else those alone. */
  const readAffordable = async (polled: Polled, after: number): Promise<Pick<ReadSoFar, 'isComplete' | 'reached'>> => {
    const range = { after, lane: 'reconciliation' } as const
    const maxPages = affordablePages(settings, parts.callsPerMinute())
    const first = await readOn(polled, { ...range, maxPages: Math.min(PROBE_PAGES, maxPages) })
    const isTooLong = first.pages >= maxPages || pagesInAll(first, after) > DOUBT * maxPages
    if (first.isComplete || isTooLong) return first
    return readOn(polled, { ...range, after: first.reached - 1, maxPages: maxPages - first.pages })
  }

  /**
   * What webhooks may have missed, while they are what counts: all of it for a company of few events; of many, the first pages, what webhooks never
   * tell, and the times around changes that no event explains. What an outage of ours or of Front's missed is a gap, to be read to its end.
   */
  const readMissed = async (polled: Polled) => {
    const startedAt = Date.now()
    const after = tracker.now.eventsUntil - settings.lateMs
    const { isComplete, reached } = await readAffordable(polled, after)
    const gaps = withoutRead(gapsOfOutage(after), after, isComplete ? Number.POSITIVE_INFINITY : reached)
    tracker.update({ gaps, readAt: startedAt })
    if (!isComplete) {
      // Never told by webhooks, hence few in the list; with a bound, should Front not heed the types.
      const maxPages = affordablePages(settings, parts.callsPerMinute())
      await read(polled, { after: reached - 1, types: unsentWords, lane: 'reconciliation', maxPages })
      // What lies between was read by nobody; where it was missed the gaps know.
      goTo(tracker.now.comparedUntil)
    }
    sweptUntil = tracker.now.eventsUntil
  }

  /** The gaps, with the time that is not read since `after` where somebody was away in it. */
  const gapsOfOutage = (after: number) => {
    const now = Date.now()
    if (!silence.take(now)) return tracker.now.gaps
    parts.log.warn({ account: parts.account, since: after }, 'reading what an outage missed')
    return addGaps(tracker.now.gaps, [{ from: after, until: now + settings.lateMs, reason: 'outage' }])
  }

  const readGaps = async (polled: Polled) => {
    for (const gap of tracker.now.gaps) {
      const done = (reached: number) => tracker.update({ gaps: withoutRead(tracker.now.gaps, gap.from, reached) })
      const range = {
        after: gap.from,
        before: gap.until,
        lane: 'reconciliation',
        maxPages: Number.POSITIVE_INFINITY,
      } as const
      await read(polled, range, async ({ reached }) => {
        done(reached)
        await tracker.save(true)
      })
      done(gap.until)
      await tracker.save()
    }
  }

  const compareKnown = async ({ isTight }: Polled) => {
    const until = Date.now() - settings.graceMs
    const since = tracker.now.comparedUntil
    if (until <= since || !(await isCaughtUp(parts))) return
    const { unexplained, newest } = await compareConversations(parts, { since, until })
    tracker.update({
      // By Front's clock as far as it showed: ours may be ahead, and what it skipped would never be compared.
      comparedUntil: Math.max(since, Math.min(until, newest ?? since)),
      // Together with it, so that a crash forgets neither. A source that is polled all the time has its whole list read anyway.
      gaps: isTight ? tracker.now.gaps : addGaps(tracker.now.gaps, gapsAround(unexplained, GAP_REACH)),
    })
    await tracker.save()
    await parts.known.trim(topicKey(parts.tenant, parts.account))
  }

  return {
    async poll(polled, isFirst) {
      if (isFirst) sweptUntil = tracker.now.eventsUntil
      const after = isFirst ? tracker.now.eventsUntil - settings.lateMs : overlap()
      await readOn(polled, { after, lane: 'poll', maxPages: Number.POSITIVE_INFINITY })
      await tracker.save()
    },
    sweep,
    compare(polled) {
      const compared = compareKnown(polled)
      comparing = compared.catch(() => {})
      return compared
    },
    async readMissed(polled) {
      // Of the same period, so that what it finds is read in this one.
      await comparing
      if (polled.isTight) await sweep(polled)
      else await readMissed(polled)
      await tracker.save()
      await readGaps(polled)
    },
  }
}

/** As many as the first ones let expect; of a list that is not in order they tell nothing. */
function pagesInAll({ pages, reached }: ReadSoFar, after: number): number {
  return reached > after ? (pages * (Date.now() - after)) / (reached - after) : pages
}

function affordablePages({ reconcileMs, sharePercent }: ReadSettings, callsPerMinute: number): number {
  return Math.ceil((callsPerMinute * reconcileMs * sharePercent) / (60_000 * 100))
}

/** What lies unread in our own topics would look missed. */
async function isCaughtUp({ caughtUp, log, account, signal }: AccountParts): Promise<boolean> {
  const deadline = AbortSignal.timeout(CATCH_UP_MS)
  await caughtUp(AbortSignal.any([signal, deadline])).catch(() => {})
  signal.throwIfAborted()
  if (deadline.aborted) log.warn({ account }, 'events and snapshots are behind: conversations are compared next time')
  return !deadline.aborted
}

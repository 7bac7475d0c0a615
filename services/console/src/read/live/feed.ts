import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { isDatabaseAway } from '../../access/outage.ts'
import type { Tables } from '../../db/tables.ts'
import { ConsoleError } from '../../errors.ts'
import type { LedgerState, LedgerWatch } from '../ledger-state.ts'
import { type GapReason, gapMessage, type LiveFilter, messageOf, type Place, readPlace, writePlace } from './entries.ts'
import { createListener, type Listener, type Missed, type Sink } from './listener.ts'
import { loadEntries, oldestSeq, readChanges, readHead } from './read-changes.ts'

export interface LiveFeed {
  /**
   * Sends what a filter wants from now on, or from the place that `lastEventId` names, until its sink is closed.
   * @throws ConsoleError `MR_CONSOLE_BUSY` when there are too many listeners
   */
  listen(options: ListenOptions): Promise<void>
  /** Ends every stream. Idempotent. */
  close(): void
}

export interface ListenOptions {
  readonly filter: LiveFilter
  /** Who listens; each may only so often. */
  readonly actorId: string
  readonly lastEventId: string | undefined
  /** Called once the listener is taken. */
  open(): Sink
}

export interface LiveFeedParts {
  readonly db: Kysely<Tables>
  readonly ledger: LedgerWatch
  readonly log: { warn(facts: object, text: string): void }
}

const POLL_MS = 200
const RETRY_MS = 2_000
const LEDGER_EVERY_MS = 2_000
const HEARTBEAT_MS = 15_000
/** Changes that one round takes; when more came, as in a rebuild, listeners read on by themselves. */
const ROUND = 1_000
/** Entries that one round sends again to a listener that is behind. */
const CHUNK = 200
/** A listener that is further behind is told so instead. */
const MAX_BEHIND = 5_000
const MAX_LISTENERS = 256
const MAX_PER_ACTOR = 32

/** The one reader of the ledger's changes in this process, for all its listeners. It reads only while somebody listens. */
export function createLiveFeed({ db, ledger, log }: LiveFeedParts): LiveFeed {
  const listeners = new Map<Listener, string>()
  const stop = new AbortController()
  let head: Place | undefined
  let isPolling = false
  let state: { readonly value: LedgerState; readonly at: number } | undefined
  let beatAt = 0

  const readMissed = async (filter: LiveFilter, after: Place, isFirst: boolean): Promise<Missed> => {
    const now = (await readHead(db)) ?? after
    const jump = (gap: GapReason): Missed => ({ entries: [], next: now, isMore: false, gap })
    if (now.incarnation !== after.incarnation) return jump('rebuilt')
    // As after the database was put back to an earlier state.
    if (after.seq > now.seq) return jump('unknown')
    const oldest = (await oldestSeq(db)) ?? now.seq + 1
    if (oldest > after.seq + 1 && now.seq > after.seq) return jump('too-old')
    const wanted = { tenants: [filter.tenant], kinds: filter.kinds, after: after.seq, upTo: now.seq }
    if (isFirst && (await readChanges(db, { ...wanted, limit: MAX_BEHIND + 1 })).length > MAX_BEHIND)
      return jump('too-old')
    const changes = await readChanges(db, { ...wanted, limit: CHUNK })
    const last = changes.at(-1)
    const isMore = changes.length === CHUNK && last !== undefined
    return {
      entries: await loadEntries(db, changes, now.incarnation),
      next: isMore ? { ...now, seq: last.seq } : now,
      isMore,
    }
  }

  /** Sends the state of the ledger to everybody where it is news. */
  const tellLedger = (now: LedgerState) => {
    const isNews = JSON.stringify(state?.value) !== JSON.stringify(now)
    state = { value: now, at: Date.now() }
    if (isNews) for (const listener of listeners.keys()) listener.tell(messageOf('ledger', now))
  }

  const round = async () => {
    if (Date.now() - (state?.at ?? 0) >= LEDGER_EVERY_MS) tellLedger(await ledger.read())
    const now = await readHead(db)
    if (now === undefined) return
    const from = head ?? now
    const { entries, to } = await newEntries(from, now)
    head = to
    for (const listener of listeners.keys()) listener.take(entries, from, to)
  }
  const newEntries = async (from: Place, now: Place) => {
    if (from.incarnation !== now.incarnation || now.seq <= from.seq) return { entries: [], to: now }
    const filters = [...listeners.keys()].map(({ filter }) => filter)
    const tenants = [...new Set(filters.map(({ tenant }) => tenant))]
    const kinds = [...new Set(filters.flatMap((filter) => filter.kinds))]
    const changes = await readChanges(db, { after: from.seq, upTo: now.seq, tenants, kinds, limit: ROUND })
    const to = changes.length === ROUND ? { ...now, seq: changes.at(-1)?.seq ?? now.seq } : now
    return { entries: await loadEntries(db, changes, now.incarnation), to }
  }
  const beat = () => {
    if (Date.now() - beatAt < HEARTBEAT_MS) return
    beatAt = Date.now()
    for (const listener of listeners.keys()) listener.tell(': still here\n\n')
  }
  const poll = async () => {
    isPolling = true
    let isWarned = false
    while (listeners.size > 0 && !stop.signal.aborted) {
      let wait = POLL_MS
      try {
        await round()
        isWarned = false
      } catch (error) {
        wait = RETRY_MS
        if (!isWarned) log.warn({ error }, 'the live stream cannot read the ledger')
        isWarned = true
        if (isDatabaseAway(error)) await ledger.read().then(tellLedger, () => {})
      }
      beat()
      await sleep(wait, undefined, { signal: stop.signal }).catch(() => {})
    }
    isPolling = false
    head = undefined
    state = undefined
  }

  return {
    async listen({ filter, actorId, lastEventId, open }) {
      const own = [...listeners.values()].filter((id) => id === actorId).length
      if (listeners.size >= MAX_LISTENERS || own >= MAX_PER_ACTOR || stop.signal.aborted)
        throw new ConsoleError('MR_CONSOLE_BUSY', { retryAfterSeconds: 30 })
      const now = (await readHead(db)) ?? { incarnation: '', seq: 0 }
      const asked = lastEventId ? readPlace(lastEventId) : undefined
      const value = state?.value ?? (await ledger.read())
      const place = asked ?? now
      const sink = open()
      const listener = createListener(
        { filter, sink, readMissed, onError: (error) => log.warn({ error }, 'a live stream cannot be continued') },
        place,
        asked !== undefined,
      )
      listeners.set(listener, actorId)
      // With the place from which it goes on, for a reader whose stream ends before anything else came.
      listener.tell(messageOf('ledger', value, writePlace(place)))
      if (lastEventId && asked === undefined) listener.tell(gapMessage('unknown', place))
      if (!isPolling) void poll()
      void sink.closed.then(() => listeners.delete(listener))
    },
    close() {
      stop.abort()
      for (const listener of listeners.keys()) listener.end()
      listeners.clear()
    },
  }
}

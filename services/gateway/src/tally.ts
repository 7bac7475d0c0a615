import type { Exchange } from './exchange.ts'

/** The last request of a source that was refused. */
export interface LastRefused {
  /** Epoch milliseconds. */
  readonly at: number
  /** Null for one that was shed before it had an id. */
  readonly webhook_id: string | null
  readonly rule: string
  /** The known mistake that explains it, where one does. */
  readonly likely_cause: string | null
}

/** What explains the refusal of one request. */
export interface RefusalCause {
  readonly source: string
  readonly webhookId: string
  readonly rule: string
  /** In words. */
  readonly likelyCause: string
}

/** What one source did since this process started. Times are epoch milliseconds, null for never. */
export interface SourceTally {
  accepted: number
  events: number
  /** By the scheme that proved them; `none` where validation is off and they prove nothing. */
  events_by_scheme: Record<string, number>
  handshakes: number
  refused: Record<string, number>
  last_accepted_at: number | null
  last_handshake_at: number | null
  last_refused: LastRefused | null
}

export interface TalliedRequest
  extends Pick<Exchange, 'source' | 'rule' | 'events' | 'isHandshake' | 'positions' | 'receivedAt'> {
  /** That proved it; undefined before anything did. */
  readonly scheme?: string | undefined
  /** Undefined for one that was shed before it had an id. */
  readonly webhookId?: string
}

/** Counts since the start of this process, for `GET /api/status`; the metrics have the same for all processes. */
export interface Tally {
  /** Epoch milliseconds. */
  readonly startedAt: number
  add(request: TalliedRequest): void
  /** Notes what explains one refused request; it is shown while that very request is the last that was refused. */
  explain(cause: RefusalCause): void
  of(source: string): SourceTally
  /** Requests to no source, by rule. */
  elsewhere(): Readonly<Record<string, number>>
}

export function createTally(now: () => number = Date.now): Tally {
  const tallies = new Map<string, SourceTally>()
  const strangers: Record<string, number> = {}
  /** By source the newest explanation whose request has not ended yet: it is made beside the request, and may be there first. */
  const early = new Map<string, RefusalCause>()

  const of = (source: string): SourceTally => {
    const known = tallies.get(source)
    if (known !== undefined) return known
    const fresh: SourceTally = {
      accepted: 0,
      events: 0,
      events_by_scheme: {},
      handshakes: 0,
      refused: {},
      last_accepted_at: null,
      last_handshake_at: null,
      last_refused: null,
    }
    tallies.set(source, fresh)
    return fresh
  }

  return {
    startedAt: now(),
    add({ source, webhookId = null, rule, scheme = 'none', events, isHandshake, positions, receivedAt }) {
      if (source === undefined) {
        if (rule !== undefined) strangers[rule] = (strangers[rule] ?? 0) + 1
        return
      }
      const tally = of(source.name)
      // Also behind a refusal: an answer that is late does not make its event less stored.
      if (positions > 0) {
        tally.events += positions
        tally.events_by_scheme[scheme] = (tally.events_by_scheme[scheme] ?? 0) + positions
        tally.last_accepted_at = receivedAt
      }
      if (rule !== undefined) {
        tally.refused[rule] = (tally.refused[rule] ?? 0) + 1
        if (receivedAt < (tally.last_refused?.at ?? 0)) return
        const known = early.get(source.name)
        const isKnown = known !== undefined && known.webhookId === webhookId && known.rule === rule
        tally.last_refused = {
          at: receivedAt,
          webhook_id: webhookId,
          rule,
          likely_cause: isKnown ? known.likelyCause : null,
        }
        return
      }
      if (isHandshake) {
        tally.handshakes++
        tally.last_handshake_at = receivedAt
      }
      // Neither is a look at what became of a request, or a batch of none.
      if (events === 0) return
      tally.accepted++
      tally.last_accepted_at = receivedAt
    },
    explain(cause) {
      const tally = of(cause.source)
      const { last_refused: last } = tally
      if (last?.webhook_id !== cause.webhookId) early.set(cause.source, cause)
      else if (last.rule === cause.rule) tally.last_refused = { ...last, likely_cause: cause.likelyCause }
    },
    of,
    elsewhere: () => strangers,
  }
}

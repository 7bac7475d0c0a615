import type { Exchange } from './exchange.ts'

/** The last request of a source that was refused. */
export interface LastRefused {
  /** Epoch milliseconds. */
  readonly at: number
  readonly rule: string
  /** The known mistake that explains it, where one does. */
  readonly likely_cause: string | null
}

/** What one source did since this process started. Times are epoch milliseconds, null for never. */
export interface SourceTally {
  accepted: number
  events: number
  handshakes: number
  refused: Record<string, number>
  last_accepted_at: number | null
  last_handshake_at: number | null
  last_refused: LastRefused | null
}

/** Counts since the start of this process, for `GET /api/status`; the metrics have the same for all processes. */
export interface Tally {
  /** Epoch milliseconds. */
  readonly startedAt: number
  add(exchange: Pick<Exchange, 'source' | 'rule' | 'events' | 'positions' | 'receivedAt'>): void
  /** Notes what explains the refusals of a source by a rule; it is shown while that rule is the last that was broken. */
  explain(source: string, rule: string, likelyCause: string): void
  of(source: string): SourceTally
  /** Requests to no source, by rule. */
  elsewhere(): Readonly<Record<string, number>>
}

export function createTally(now: () => number = Date.now): Tally {
  const tallies = new Map<string, SourceTally>()
  const strangers: Record<string, number> = {}

  const of = (source: string): SourceTally => {
    const known = tallies.get(source)
    if (known !== undefined) return known
    const fresh: SourceTally = {
      accepted: 0,
      events: 0,
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
    add({ source, rule, events, positions, receivedAt }) {
      if (source === undefined) {
        if (rule !== undefined) strangers[rule] = (strangers[rule] ?? 0) + 1
        return
      }
      const tally = of(source.name)
      // Also behind a refusal: an answer that is late does not make its event less stored.
      if (positions > 0) {
        tally.events += positions
        tally.last_accepted_at = receivedAt
      }
      if (rule !== undefined) {
        tally.refused[rule] = (tally.refused[rule] ?? 0) + 1
        // The explanation is made beside the request, and may be there first.
        const known = tally.last_refused?.rule === rule ? tally.last_refused.likely_cause : null
        tally.last_refused = { at: receivedAt, rule, likely_cause: known }
        return
      }
      // What was asked for but holds no event is a handshake; it is answered and not stored.
      if (events === 0) {
        tally.handshakes++
        tally.last_handshake_at = receivedAt
        return
      }
      tally.accepted++
      tally.last_accepted_at = receivedAt
    },
    explain(source, rule, likelyCause) {
      const tally = of(source)
      tally.last_refused = { at: tally.last_refused?.at ?? now(), rule, likely_cause: likelyCause }
    },
    of,
    elsewhere: () => strangers,
  }
}

import type { Exchange } from './exchange.ts'

/** What one source did since this process started. */
interface SourceTally {
  accepted: number
  events: number
  refused: Record<string, number>
  /** Epoch milliseconds of its last accepted request. */
  last_accepted_at: number | null
}

/** Counts since the start of this process, for `GET /api/status`; the metrics have the same for all processes. */
export interface Tally {
  add(exchange: Exchange): void
  of(source: string): SourceTally
  /** Requests to no source, by rule. */
  elsewhere(): Readonly<Record<string, number>>
}

export function createTally(): Tally {
  const tallies = new Map<string, SourceTally>()
  const strangers: Record<string, number> = {}

  const of = (source: string): SourceTally => {
    const known = tallies.get(source) ?? { accepted: 0, events: 0, refused: {}, last_accepted_at: null }
    tallies.set(source, known)
    return known
  }

  return {
    add({ source, rule, positions, receivedAt }) {
      if (source === undefined) {
        if (rule !== undefined) strangers[rule] = (strangers[rule] ?? 0) + 1
        return
      }
      const tally = of(source.name)
      if (rule !== undefined) {
        tally.refused[rule] = (tally.refused[rule] ?? 0) + 1
        return
      }
      tally.accepted++
      tally.events += positions
      tally.last_accepted_at = receivedAt
    },
    of,
    elsewhere: () => strangers,
  }
}

/**
 * Connection errors of Node, and classes 08, 53, 57P of https://www.postgresql.org/docs/current/errcodes-appendix.html.
 * Tables are there before anything is served: a missing one (42P01) or a missing schema (3F000) is a database that was wiped and is being built again.
 */
const awayCode =
  /^(E(CONN(REFUSED|RESET|ABORTED)|TIMEDOUT|HOSTUNREACH|NETUNREACH|PIPE|AI_AGAIN|NOTFOUND)|08\d{3}|53\d{3}|57P0\d|42P01|3F000)$/
/** What pg says without a code. */
const awayText =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/

/** Whether an error of a query means that the database is away or gives nothing now, rather than that the query is wrong. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && awayCode.test(String(error.code))) return true
  return awayText.test(error.message) || (error instanceof AggregateError && error.errors.some(isDatabaseAway))
}

/** Since when the database does not answer, as this process met it. */
export interface Outage {
  /** Whether an error means that the database is away; the first that does begins the outage. */
  isDatabaseAway(error: unknown): boolean
  /** Epoch ms; undefined: it answers, as far as is known. */
  databaseAwaySince(): number | undefined
  /** Ends the outage. */
  databaseAnswered(): void
}

export function createOutage(now: () => number = Date.now): Outage {
  let since: number | undefined
  return {
    isDatabaseAway(error) {
      if (!isDatabaseAway(error)) return false
      since ??= now()
      return true
    },
    databaseAwaySince: () => since,
    databaseAnswered() {
      since = undefined
    },
  }
}

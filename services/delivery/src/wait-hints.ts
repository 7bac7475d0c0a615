import type { RateLimitAnswer } from './tried.ts'

/** Header fields of an answer, names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Nobody is waited for longer than a delivery lives. */
const MAX_WAIT_MS = 72 * 3_600_000
/** A reset that is this large is a time of day in seconds, as some write it. */
const EPOCH_SECONDS = 1_000_000_000

/**
 * `Retry-After` in milliseconds from now: seconds, or a date in any form of HTTP (RFC 9110, 10.2.3); at most 72 h, a date that has passed is 0.
 * Null when there is none that can be read. `now`: epoch milliseconds.
 */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const text = first(headers['retry-after'])
  if (text === undefined) return null
  if (/^\d{1,10}(\.\d{1,3})?$/.test(text)) return Math.min(MAX_WAIT_MS, Math.ceil(Number(text) * 1_000))
  // Only what looks like a date: Date.parse takes much else.
  const date = /^[A-Z][a-z]{2,8},? [\w :-]{10,40}$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? null : Math.min(MAX_WAIT_MS, Math.max(0, date - now))
}

/**
 * What an answer says of the receiver's own limit: `ratelimit: "name";r=0;t=30` and the older `limit=…, remaining=…, reset=…`
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers), `ratelimit-remaining` and `-reset`, and both with `x-`. Null when it does
 * not say both what remains and until when.
 */
export function rateLimitOf(headers: Headers, now: number): RateLimitAnswer | null {
  const together = first(headers.ratelimit)
  const parameter = (name: RegExp) => number(together?.match(name)?.[1])
  const field = (name: string) =>
    number(
      first(headers[`ratelimit-${name}`]) ??
        first(headers[`x-ratelimit-${name}`]) ??
        first(headers[`x-rate-limit-${name}`]),
    )
  const remaining = parameter(/(?:^|[;,\s])(?:r|remaining)=(\d{1,10})/i) ?? field('remaining')
  const reset = parameter(/(?:^|[;,\s])(?:t|reset)=(\d{1,10})/i) ?? field('reset')
  if (remaining === undefined || reset === undefined) return null
  const seconds = reset >= EPOCH_SECONDS ? reset - now / 1_000 : reset
  const resetMs = Math.min(MAX_WAIT_MS, Math.max(0, Math.ceil(seconds * 1_000)))
  return { remaining, resetMs, limit: parameter(/(?:^|[;,\s])limit=(\d{1,10})/i) ?? field('limit') ?? null }
}

function first(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.trim()
}

/** A whole number at the start, as in `100, 100;w=60`. */
function number(text: string | undefined): number | undefined {
  const digits = text?.match(/^(\d{1,12})(?:\.\d+)?(?:$|[,;\s])/)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** What an answer's headers say about the company's rate limit; null where a header is missing or no number. */
export interface RateLimits {
  /** Calls a minute of the plan. */
  readonly limit: number | null
  readonly remaining: number | null
  /** Epoch milliseconds at which `remaining` is full again. */
  readonly resetAt: number | null
  /** Size of the burst pool on top of the limit. */
  readonly burstLimit: number | null
  readonly burstRemaining: number | null
  /** Name of the tier that a costly route belongs to. */
  readonly tier: string | null
  readonly retryAfterMs: number | null
}

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

const MAX_RETRY_AFTER_MS = 3_600_000

/**
 * Reads the `x-ratelimit-*` headers of an answer; null when it has none.
 * @see https://dev.frontapp.com/docs/rate-limiting
 */
export function parseRateLimits(headers: ResponseHeaders): RateLimits | null {
  const resetSeconds = numberOf(headers['x-ratelimit-reset'])
  const limits: RateLimits = {
    limit: numberOf(headers['x-ratelimit-limit']),
    remaining: numberOf(headers['x-ratelimit-remaining']),
    resetAt: resetSeconds === null ? null : Math.round(resetSeconds * 1000),
    burstLimit: numberOf(headers['x-ratelimit-burst-limit']),
    burstRemaining: numberOf(headers['x-ratelimit-burst-remaining']),
    tier: firstOf(headers['x-front-tier']) ?? null,
    retryAfterMs: parseRetryAfter(headers),
  }
  return Object.values(limits).some((value) => value !== null) ? limits : null
}

/**
 * Milliseconds that `Retry-After` asks for, at most an hour. Front writes seconds (the page above, and its own export template); a date is taken too
 * when `now` is given, as something between us and Front may write one.
 */
export function parseRetryAfter(headers: ResponseHeaders, now: number = Date.now()): number | null {
  const text = firstOf(headers['retry-after'])?.trim()
  if (!text) return null
  const seconds = Number(text)
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now
  return Number.isFinite(waitMs) ? Math.min(Math.max(0, Math.ceil(waitMs)), MAX_RETRY_AFTER_MS) : null
}

/** Milliseconds named by the text of a 429 ("Please retry in 341 milliseconds."); null when it names none. */
export function retryAfterInMessage(message: string): number | null {
  const found = /retry in (\d{1,7}) milliseconds/i.exec(message)
  return found ? Math.min(Number(found[1]), MAX_RETRY_AFTER_MS) : null
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

function numberOf(value: string | string[] | undefined): number | null {
  const text = firstOf(value)
  const parsed = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(parsed) ? parsed : null
}

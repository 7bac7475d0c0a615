import type { Grant } from './grants.ts'

/**
 * What remains of the endpoint's limit a minute after this request, so that a receiver sees why more comes later
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/03/; `ratelimit-reset` in seconds).
 */
export function rateLimitHeaders(grant: Grant | undefined): Readonly<Record<string, string>> {
  if (grant === undefined) return {}
  return {
    'ratelimit-limit': String(grant.limit),
    'ratelimit-remaining': String(grant.remaining),
    'ratelimit-reset': String(Math.ceil(grant.resetMs / 1_000)),
  }
}

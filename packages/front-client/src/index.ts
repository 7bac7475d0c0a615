export {
  type AccountHealth,
  createAccountHealth,
  type Degradation,
  healthKey,
  parseEntries,
} from './account-health.ts'
export { type Lane, lanes } from './budget/lanes.ts'
export { createSharedBudget } from './budget/shared-budget.ts'
export { readBudgetStanding } from './budget/standing.ts'
export { createTurns, type Turns } from './budget/turns.ts'
export { leaseFor } from './call.ts'
export { createFrontClient } from './client.ts'
export * from './errors.ts'
export { isId } from './ids.ts'
export { noteLastCalls, readLastCalls } from './last-calls.ts'
export { createOAuthTokens, type SecretBox } from './oauth-tokens.ts'
export type { FrontObject, FrontPage } from './parse.ts'
export type { RateLimits, ResponseHeaders } from './rate-limits.ts'
export { parseRateLimits, parseRetryAfter } from './rate-limits.ts'
export type * from './types.ts'

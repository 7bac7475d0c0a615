/** Every way in which a call to the Front API fails, with what a caller may do about it. `statusCode` is what a service of ours would answer for it. */
export const frontErrors = {
  MR_FRONT_BAD_ID: {
    statusCode: 400,
    retryable: false,
    meaning: 'The id is not one of the asked kind, so no call was made.',
  },
  MR_FRONT_MERGED: {
    statusCode: 301,
    retryable: false,
    meaning: 'The conversation was merged into another; `mergedInto` names it.',
  },
  MR_FRONT_UNAUTHORIZED: { statusCode: 401, retryable: false, meaning: 'Front does not accept the API token.' },
  MR_FRONT_FORBIDDEN: {
    statusCode: 403,
    retryable: false,
    meaning: 'The API token may not read this; `missingScopes` names what it lacks, when Front said it.',
  },
  MR_FRONT_NOT_FOUND: {
    statusCode: 404,
    retryable: false,
    meaning: 'Front does not know the object, or hides it from this token.',
  },
  MR_FRONT_REJECTED: {
    statusCode: 400,
    retryable: false,
    meaning: 'Front refused the request for another reason (4xx).',
  },
  MR_FRONT_THROTTLED: {
    statusCode: 429,
    retryable: true,
    meaning: 'A rate limit of Front is used up; `retryAfterMs` says for how long.',
  },
  MR_FRONT_BUDGET_SPENT: {
    statusCode: 503,
    retryable: true,
    meaning:
      'The account’s budget of calls gave this one no turn in time, so it was not made; `retryAfterMs` says when to ask again.',
  },
  MR_FRONT_BUDGET_FULL: {
    statusCode: 503,
    retryable: true,
    meaning: 'As many calls of the account wait for their turn as may; this one was not made.',
  },
  MR_FRONT_TOKEN_UNAVAILABLE: {
    statusCode: 503,
    retryable: true,
    meaning: 'The account’s OAuth token has ended and could not be refreshed; the message says why.',
  },
  MR_FRONT_TIMEOUT: { statusCode: 504, retryable: true, meaning: 'The whole answer did not come within the deadline.' },
  MR_FRONT_UNAVAILABLE: { statusCode: 503, retryable: true, meaning: 'Front answered 5xx or could not be reached.' },
  MR_FRONT_BAD_ANSWER: {
    statusCode: 502,
    retryable: true,
    meaning: 'The answer is not what the API promises: broken JSON, a missing id, an unexpected redirect.',
  },
  MR_FRONT_TOO_LARGE: { statusCode: 502, retryable: false, meaning: 'The answer is larger than the cap on answers.' },
} as const

export type FrontErrorCode = keyof typeof frontErrors

export interface FrontErrorDetails {
  /** What Front answered; absent when no answer came. */
  readonly status?: number
  /** Milliseconds to wait before the next try, when Front said so. */
  readonly retryAfterMs?: number
  /** Conversation that the asked one was merged into. */
  readonly mergedInto?: string
  readonly missingScopes?: readonly string[]
  readonly cause?: unknown
}

/** A failed call. Its message never holds the token. */
export class FrontError extends Error {
  override readonly name = 'FrontError'
  readonly code: FrontErrorCode
  readonly retryable: boolean
  readonly statusCode: number
  /** What Front answered; null when no answer came. */
  readonly status: number | null
  readonly retryAfterMs: number | null
  readonly mergedInto: string | null
  readonly missingScopes: readonly string[]

  constructor(code: FrontErrorCode, message: string, details: FrontErrorDetails = {}) {
    super(`${message} (${code})`, details.cause === undefined ? {} : { cause: details.cause })
    this.code = code
    this.retryable = frontErrors[code].retryable
    this.statusCode = frontErrors[code].statusCode
    this.status = details.status ?? null
    this.retryAfterMs = details.retryAfterMs ?? null
    this.mergedInto = details.mergedInto ?? null
    this.missingScopes = details.missingScopes ?? []
  }
}

/** Milliseconds before which the same call should not be made again; null when the error does not speak of waiting. */
export function waitOf(error: unknown): number | null {
  return error instanceof FrontError ? error.retryAfterMs : null
}

/** Every error of this service. */
export const refreshErrors = {
  MR_REFRESH_NO_ACCOUNT: {
    statusCode: 503,
    retryable: true,
    meaning: 'No API token is configured for the account of an event; its conversations wait.',
  },
  MR_REFRESH_UNAUTHORIZED: {
    statusCode: 503,
    retryable: true,
    meaning: 'Front refuses the API token of the account; its conversations wait until it is replaced.',
  },
} as const

export type RefreshErrorCode = keyof typeof refreshErrors

export class RefreshError extends Error {
  override readonly name = 'RefreshError'
  readonly code: RefreshErrorCode
  readonly retryable: boolean
  readonly statusCode: number

  constructor(code: RefreshErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
    this.retryable = refreshErrors[code].retryable
    this.statusCode = refreshErrors[code].statusCode
  }
}

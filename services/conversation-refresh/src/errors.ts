/** Every error of this service. */
export const refreshErrors = {
  MR_REFRESH_NO_ACCOUNT: {
    statusCode: 503,
    retryable: true,
    meaning: 'The API token of an account was taken away while one of its conversations was about to be read.',
  },
  MR_REFRESH_TOO_LATE: {
    statusCode: 504,
    retryable: false,
    meaning: 'A conversation could not be read for a day; the wish to read it is a dead letter, and can be redriven.',
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

/** Every error of this service. */
export const handlersErrors = {
  MR_HANDLERS_FILE: {
    statusCode: 500,
    retryable: false,
    meaning:
      'A file of HANDLERS_FILES cannot be loaded, or registers nothing that can be called; the message names it.',
  },
  MR_HANDLERS_FAILED: {
    statusCode: 500,
    retryable: false,
    meaning: 'A handler threw an error that it does not know: a bug in it, or an event that it does not expect.',
  },
  MR_HANDLERS_REFUSED: {
    statusCode: 500,
    retryable: false,
    meaning: 'A handler gave an event up by throwing `permanent`; the message is its own.',
  },
  MR_HANDLERS_TIMEOUT: {
    statusCode: 503,
    retryable: true,
    meaning: 'A handler took longer than HANDLERS_TIMEOUT_MS; the event is tried again.',
  },
  MR_HANDLERS_OVER: {
    statusCode: 500,
    retryable: false,
    meaning: 'A handler used its context after it had ended; what it does must be awaited.',
  },
  MR_HANDLERS_URI: {
    statusCode: 400,
    retryable: false,
    meaning: 'A handler announced what is no resource of its event’s tenant.',
  },
} as const

export type HandlersErrorCode = keyof typeof handlersErrors

export class HandlersError extends Error {
  override readonly name = 'HandlersError'
  readonly code: HandlersErrorCode
  readonly retryable: boolean
  readonly statusCode: number

  constructor(code: HandlersErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = handlersErrors[code].retryable
    this.statusCode = handlersErrors[code].statusCode
  }
}

/** Every code of this package: what a caller may answer, whether trying again can help, and what it means. */
export const signingErrors = {
  MR_SIGNING_SECRET_EMPTY: { statusCode: 500, retryable: false, meaning: 'A secret is empty.' },
  MR_SIGNING_SECRET_FORMAT: {
    statusCode: 500,
    retryable: false,
    meaning: 'A secret has not the form that its scheme asks for.',
  },
  MR_SIGNING_SCHEME_INVALID: {
    statusCode: 500,
    retryable: false,
    meaning: 'A scheme contradicts itself, or a source has none.',
  },
  MR_SIGNING_PROVIDER_UNKNOWN: {
    statusCode: 500,
    retryable: false,
    meaning: 'No provider of this name is known.',
  },
  MR_SIGNING_INPUT_INVALID: {
    statusCode: 500,
    retryable: false,
    meaning: 'What is to be signed lacks an id or a time, or one that cannot be signed.',
  },
  MR_SIGNING_KEYS_FORMAT: {
    statusCode: 500,
    retryable: false,
    meaning: 'MILLRACE_SECRET_KEYS is not a list of `id:base64key` with 32-byte keys and different ids.',
  },
  MR_SIGNING_SEALED_FORMAT: { statusCode: 500, retryable: false, meaning: 'A sealed text has an unknown form.' },
  MR_SIGNING_SEALED_KEY_UNKNOWN: {
    statusCode: 500,
    retryable: false,
    meaning: 'A sealed text names a key that MILLRACE_SECRET_KEYS does not hold.',
  },
  MR_SIGNING_SEALED_KEY_LOST: {
    statusCode: 500,
    retryable: false,
    meaning: 'A sealed text names a key that MILLRACE_SECRET_KEYS gives up as lost.',
  },
  MR_SIGNING_SEALED_REFUSED: {
    statusCode: 500,
    retryable: false,
    meaning: 'A sealed text was changed, belongs to something else, or its key id now means another key.',
  },
  MR_SIGNING_BYTES_REFUSED: {
    statusCode: 500,
    retryable: false,
    meaning: 'Encrypted bytes were changed, or belong to another key.',
  },
} as const

export type SigningErrorCode = keyof typeof signingErrors

/** Thrown for faults of configuration or of the calling code, never for what a request holds. Messages never hold a secret or a signature. */
export class SigningError extends Error {
  override readonly name = 'SigningError'
  readonly code: SigningErrorCode
  readonly retryable: boolean
  readonly statusCode: number

  constructor(code: SigningErrorCode, detail: string) {
    super(`${signingErrors[code].meaning} ${detail}`)
    this.code = code
    this.retryable = signingErrors[code].retryable
    this.statusCode = signingErrors[code].statusCode
  }
}

import type { FieldProblem } from './field-problems.ts'

/** Every error of this package: what the code means, the HTTP status it deserves, and whether trying the same input again can help. */
export const domainErrors = {
  MR_DOMAIN_BODY_EMPTY: {
    statusCode: 400,
    retryable: false,
    meaning: 'The body is empty; a webhook body is one JSON text.',
  },
  MR_DOMAIN_BODY_NOT_UTF8: { statusCode: 400, retryable: false, meaning: 'The body is not valid UTF-8.' },
  MR_DOMAIN_BODY_BOM: {
    statusCode: 400,
    retryable: false,
    meaning: 'The body starts with a byte order mark, which JSON does not allow.',
  },
  MR_DOMAIN_BODY_NOT_JSON: {
    statusCode: 400,
    retryable: false,
    meaning: 'The body is not one JSON text; the message names the place.',
  },
  MR_DOMAIN_BODY_TOO_DEEP: {
    statusCode: 400,
    retryable: false,
    meaning: 'Arrays and objects are nested deeper than allowed.',
  },
  MR_DOMAIN_BODY_TOO_COMPLEX: {
    statusCode: 400,
    retryable: false,
    meaning: 'The body holds more values or names than can be parsed without making others wait.',
  },
  MR_DOMAIN_BATCH_TOO_LONG: {
    statusCode: 413,
    retryable: false,
    meaning: 'The body is an array with more events than one request may hold.',
  },
  MR_DOMAIN_EMISSION: {
    statusCode: 400,
    retryable: false,
    meaning:
      'A handler emitted what is no event: a wrong type, data that is no JSON, or one more of a chain without end.',
  },
  MR_DOMAIN_ACTION_INPUT: {
    statusCode: 400,
    retryable: false,
    meaning: 'An action was asked for with missing or wrong parameters; `problems` names each by JSON pointer.',
  },
  MR_DOMAIN_ACTION_OUTPUT: {
    statusCode: 500,
    retryable: false,
    meaning: 'What an action got is not what its published schema promises.',
  },
  MR_DOMAIN_NO_TARGET: {
    statusCode: 400,
    retryable: false,
    meaning: 'A webhook response names no URL, and MAKE_COM_WEBHOOK_ENDPOINT is not set or may not be called.',
  },
  MR_DOMAIN_PAYLOAD_TOO_LARGE: {
    statusCode: 413,
    retryable: false,
    meaning: 'A webhook response is larger than 1 MiB.',
  },
  MR_DOMAIN_UUID_MALFORMED: { statusCode: 500, retryable: false, meaning: 'A UUID was expected in its text form.' },
} as const

export type DomainErrorCode = keyof typeof domainErrors

/** Thrown, or returned in a result, by the functions of this package. The message never quotes the input. */
export class DomainError extends Error {
  override readonly name = 'DomainError'
  readonly code: DomainErrorCode
  readonly retryable: boolean
  readonly statusCode: number
  /** Place in the input in bytes from its start, where there is one. */
  readonly offset: number | null
  /** Each missing or wrong field, where the input has fields. */
  readonly problems: readonly FieldProblem[]

  constructor(
    code: DomainErrorCode,
    message: string,
    offset: number | null = null,
    problems: readonly FieldProblem[] = [],
  ) {
    super(message)
    this.code = code
    this.retryable = domainErrors[code].retryable
    this.statusCode = domainErrors[code].statusCode
    this.offset = offset
    this.problems = problems
  }
}

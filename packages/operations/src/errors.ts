import type { FieldProblem } from '@millrace/domain'

/** Every error of what changes state: what the code means, the HTTP status it deserves, and whether trying again can help. */
export const operationsErrors = {
  MR_OPERATIONS_INPUT: {
    statusCode: 400,
    retryable: false,
    meaning: 'A change was asked for with missing or wrong fields; `problems` names each by JSON pointer.',
  },
  MR_OPERATIONS_NOT_FOUND: {
    statusCode: 404,
    retryable: false,
    meaning: 'The endpoint or source that is to change does not exist.',
  },
  MR_OPERATIONS_CONFLICT: {
    statusCode: 409,
    retryable: false,
    meaning: 'The change contradicts what is there: a config that would become another one, signing without a secret.',
  },
  MR_OPERATIONS_TOO_MANY: {
    statusCode: 400,
    retryable: false,
    meaning: 'More dead letters fit than one redrive takes: choose fewer, by time or code.',
  },
  MR_OPERATIONS_NO_KEYS: {
    statusCode: 500,
    retryable: false,
    meaning: 'MILLRACE_SECRET_KEYS is not set, so no secret can be stored.',
  },
  MR_OPERATIONS_NO_API: {
    statusCode: 409,
    retryable: false,
    meaning: 'The mode leaves conversations to polling, and the source cannot be polled: no API token, or no API.',
  },
  MR_OPERATIONS_TOPIC_MISSING: {
    statusCode: 503,
    retryable: false,
    meaning: 'The topic is in the registry but not on the broker; `millrace topics create` makes it.',
  },
  MR_OPERATIONS_KAFKA_AWAY: {
    statusCode: 503,
    retryable: true,
    meaning: 'Kafka did not answer in time while a topic was read or written.',
  },
  MR_OPERATIONS_NO_ATTEMPT: {
    statusCode: 504,
    retryable: true,
    meaning: 'The delivery service made no try of a test delivery in time.',
  },
} as const

export type OperationsErrorCode = keyof typeof operationsErrors

/** Why a change was not made. The message never repeats a secret. */
export class OperationsError extends Error {
  override readonly name = 'OperationsError'
  readonly code: OperationsErrorCode
  readonly retryable: boolean
  readonly statusCode: number
  /** Each missing or wrong field, where the input has fields. */
  readonly problems: readonly FieldProblem[]

  constructor(
    code: OperationsErrorCode,
    message: string,
    options?: ErrorOptions & { readonly problems?: readonly FieldProblem[] },
  ) {
    super(message, options)
    this.problems = options?.problems ?? []
    this.code = code
    this.retryable = operationsErrors[code].retryable
    this.statusCode = operationsErrors[code].statusCode
  }
}

/** A wrong field: its JSON pointer and the rule that it breaks. */
export function wrongField(pointer: string, detail: string): OperationsError {
  return new OperationsError('MR_OPERATIONS_INPUT', `${pointer === '' ? 'the input' : pointer} ${detail}`, {
    problems: [{ pointer, detail }],
  })
}

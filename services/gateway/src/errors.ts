import type { FieldProblem } from '@millrace/domain'

/**
 * Every error of this service: what the code means, the HTTP status it deserves, whether the same request can succeed later, and the rule
 * that a request broke, where there is one rule to a code.
 */
export const gatewayErrors = {
  MR_GATEWAY_UNVERIFIED: {
    statusCode: 401,
    retryable: false,
    rule: 'unverified',
    meaning: 'The request does not prove that it is the source’s own; `rule` names what is missing or wrong.',
  },
  MR_GATEWAY_STATUS_TOKEN: {
    statusCode: 401,
    retryable: false,
    rule: 'status-token',
    meaning: 'The bearer token is not GATEWAY_STATUS_TOKEN.',
  },
  MR_GATEWAY_NOT_FOUND: {
    statusCode: 404,
    retryable: false,
    rule: 'source-unknown',
    meaning: 'No source is configured for this path.',
  },
  MR_GATEWAY_ADDRESS: {
    statusCode: 403,
    retryable: false,
    rule: 'address-not-allowed',
    meaning: 'The source does not take requests from this address.',
  },
  MR_GATEWAY_METHOD: {
    statusCode: 405,
    retryable: false,
    rule: 'method',
    meaning: 'The path takes another method; `Allow` names it.',
  },
  MR_GATEWAY_BODY_TOO_LARGE: {
    statusCode: 413,
    retryable: false,
    rule: 'body-too-large',
    meaning: 'The body is larger than the source may send.',
  },
  MR_GATEWAY_CONTENT_ENCODING: {
    statusCode: 415,
    retryable: false,
    rule: 'content-encoding',
    meaning: 'The body is compressed; webhooks are taken as they are signed, uncompressed.',
  },
  MR_GATEWAY_BAD_REQUEST: {
    statusCode: 400,
    retryable: false,
    rule: 'bad-request',
    meaning: 'The request is no proper HTTP, or its body ended before it was whole.',
  },
  MR_GATEWAY_HEADERS_TOO_LARGE: {
    statusCode: 431,
    retryable: false,
    rule: 'headers-too-large',
    meaning: 'The headers are larger than 16 KiB together.',
  },
  MR_GATEWAY_SLOW_REQUEST: {
    statusCode: 408,
    retryable: true,
    rule: 'slow-request',
    meaning: 'The client took too long to send its request.',
  },
  MR_GATEWAY_ONE_EVENT: {
    statusCode: 400,
    retryable: false,
    rule: 'one-event',
    meaning: 'A source that is answered synchronously takes exactly one event a request.',
  },
  MR_GATEWAY_BODY_INVALID: {
    statusCode: 400,
    retryable: false,
    rule: 'body-invalid',
    meaning: 'The body lacks fields or has wrong ones; `errors` names each by JSON pointer. Nothing was stored.',
  },
  MR_GATEWAY_TASK_UNREADABLE: {
    statusCode: 422,
    retryable: false,
    rule: 'task-unreadable',
    meaning:
      'The event is stored, but there is no graph of it: its task cannot be read, or has more fields than are taken; `errors` names each place and the limit.',
  },
  MR_GATEWAY_EXTRACTION_FAILED: {
    statusCode: 500,
    retryable: false,
    rule: 'extraction-failed',
    meaning:
      'The event is stored, but its graph could not be made by a fault of ours; it is kept until that is mended.',
  },
  MR_GATEWAY_ERASED: {
    statusCode: 410,
    retryable: false,
    rule: 'erased',
    meaning: 'Whom the event is about was erased: it is not stored, and no answer is made of it.',
  },
  MR_GATEWAY_STATUS_UNKNOWN: {
    statusCode: 404,
    retryable: false,
    rule: 'status-unknown',
    meaning: 'No request with this `webhook_id` asked this source for an answer, or its answer is no longer kept.',
  },
  MR_GATEWAY_RATE_LIMITED: {
    statusCode: 429,
    retryable: true,
    rule: 'rate',
    meaning: 'More requests in this minute than the address or the source may make; `Retry-After` says when to go on.',
  },
  MR_GATEWAY_OVERLOADED: {
    statusCode: 503,
    retryable: true,
    rule: 'overloaded',
    meaning: 'More bodies are in hand than memory is set aside for, or more requests than the process keeps up with.',
  },
  MR_GATEWAY_TOO_MANY_WAITING: {
    statusCode: 503,
    retryable: true,
    rule: 'too-many-waiting',
    meaning: 'More callers wait for synchronous answers than the gateway keeps.',
  },
  MR_GATEWAY_REPLIES_UNAVAILABLE: {
    statusCode: 503,
    retryable: true,
    rule: 'replies-unavailable',
    meaning: 'Redis, through which synchronous answers come, cannot be reached; nothing was published.',
  },
  MR_GATEWAY_REPLY_TIMEOUT: {
    statusCode: 408,
    retryable: true,
    rule: 'reply-timeout',
    meaning:
      'The event is stored, but its answer did not come in time; the same request again gets it once it is there.',
  },
  MR_GATEWAY_SOURCE_DISABLED: {
    statusCode: 503,
    retryable: true,
    rule: 'source-disabled',
    meaning: 'The source is switched off (`enabled: false`); nothing of the request was read or stored.',
  },
  MR_GATEWAY_STOPPING: {
    statusCode: 503,
    retryable: true,
    rule: 'stopping',
    meaning: 'This gateway is shutting down; the same request again gets the answer from another one.',
  },
  MR_GATEWAY_ACTION_FAILED: {
    statusCode: 503,
    retryable: true,
    rule: 'action-failed',
    meaning: 'The program in which this gateway is embedded could not take the event.',
  },
  MR_GATEWAY_EMBEDDING: {
    statusCode: 500,
    retryable: false,
    rule: 'embedding',
    meaning: 'The program in which this gateway is embedded names what there is not, or gives a source nowhere to go.',
  },
  MR_GATEWAY_INTERNAL: {
    statusCode: 500,
    retryable: true,
    rule: 'internal',
    meaning: 'A fault of ours; the log has it under the `webhook_id`.',
  },
} as const

export type GatewayErrorCode = keyof typeof gatewayErrors

export interface GatewayErrorOptions {
  /** The rule that was broken, where it is not the code's own. */
  readonly rule?: string
  /** One sentence for the caller; the code's meaning when left out. Never quotes the request. */
  readonly detail?: string
  /** Whole seconds after which the caller should try again. */
  readonly retryAfterSeconds?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Each missing or wrong field of the body. */
  readonly problems?: readonly FieldProblem[]
  /** The request that the refusal is about, where it is not the one that is refused. */
  readonly webhookId?: string | undefined
  readonly cause?: unknown
}

/** A refusal. It becomes the answer's problem document as it is. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: GatewayErrorCode
  readonly retryable: boolean
  readonly statusCode: number
  readonly rule: string
  readonly retryAfterSeconds: number | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly problems: readonly FieldProblem[]
  readonly webhookId: string | undefined

  constructor(code: GatewayErrorCode, options: GatewayErrorOptions = {}) {
    super(options.detail ?? gatewayErrors[code].meaning, options.cause === undefined ? undefined : options)
    this.code = code
    this.retryable = gatewayErrors[code].retryable
    this.statusCode = gatewayErrors[code].statusCode
    this.rule = options.rule ?? gatewayErrors[code].rule
    this.retryAfterSeconds = options.retryAfterSeconds
    this.headers = options.headers ?? {}
    this.problems = options.problems ?? []
    this.webhookId = options.webhookId
  }
}

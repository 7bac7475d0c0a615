import type { FieldProblem } from '@millrace/domain'

/** Every refusal of the console. `meaning` is one sentence for whoever meets the code; docs/errors.md is made from it. */
export const consoleErrors = {
  MR_CONSOLE_NOT_FOUND: {
    statusCode: 404,
    retryable: false,
    meaning: 'There is nothing under this path: no such route or record, or no right in its tenant.',
  },
  MR_CONSOLE_METHOD: {
    statusCode: 405,
    retryable: false,
    meaning: 'There is something under this path, but not for this method; `Allow` names those that it has.',
  },
  MR_CONSOLE_INVALID: {
    statusCode: 400,
    retryable: false,
    meaning: 'The request breaks a rule; `errors` names each field and its rule.',
  },
  MR_CONSOLE_UNAUTHENTICATED: {
    statusCode: 401,
    retryable: false,
    meaning: 'The request needs a session or a bearer token that is known, not expired and not revoked.',
  },
  MR_CONSOLE_FORBIDDEN: {
    statusCode: 403,
    retryable: false,
    meaning: 'The role in this tenant is not enough for the request.',
  },
  MR_CONSOLE_CROSS_SITE: {
    statusCode: 403,
    retryable: false,
    meaning: 'The request was not made by the console’s own page: another origin, or no `x-csrf-token` of the session.',
  },
  MR_CONSOLE_LOGIN: {
    statusCode: 401,
    retryable: false,
    meaning: 'Name and password, or the one-time code, are not right; the code may be used or expired.',
  },
  MR_CONSOLE_TOO_MANY: {
    statusCode: 429,
    retryable: true,
    meaning: 'Too many requests or failed logins; `Retry-After` says when to try again.',
  },
  MR_CONSOLE_CONFLICT: {
    statusCode: 409,
    retryable: false,
    meaning: 'The request does not fit what is there: a name that is taken, a state that has moved on.',
  },
  MR_CONSOLE_AUDIT_AWAY: {
    statusCode: 503,
    retryable: true,
    meaning: 'Kafka does not take the audit entry that must be there before the change; nothing was changed.',
  },
  MR_CONSOLE_SAME_PERSON: {
    statusCode: 403,
    retryable: false,
    meaning:
      'Who decides must be another person than who asked: not the same account, mailbox or token, nor an account that one of them made, unless somebody independent vouched for it.',
  },
  MR_CONSOLE_TOKEN_DECIDES: {
    statusCode: 403,
    retryable: false,
    meaning: 'Tokens ask for approvals and never decide them: a person does, signed in to the page.',
  },
  MR_CONSOLE_NO_PERSON: {
    statusCode: 403,
    retryable: false,
    meaning:
      'This token belongs to nobody: it is CONSOLE_ADMIN_TOKEN, or was made with it, as the one for MCP clients that npm start makes. With approval by two people somebody asks: sign in, or make a token of your own on the page (Users and tokens, role operator) and give it in place of this one (MILLRACE_CONSOLE_TOKEN, or the file of MILLRACE_CONSOLE_TOKEN_FILE; with npm start `.local/mcp-token`).',
  },
  MR_CONSOLE_APPROVAL_CLOSED: {
    statusCode: 409,
    retryable: false,
    meaning: 'The request is not open any more: it was decided, cancelled or has expired.',
  },
  MR_CONSOLE_APPROVAL_CHANGED: {
    statusCode: 409,
    retryable: false,
    meaning: 'What was approved is not what is stored or what the approver saw: look at the request again.',
  },
  MR_CONSOLE_NOT_AVAILABLE: {
    statusCode: 501,
    retryable: false,
    meaning: 'The action is known and not available yet.',
  },
  MR_CONSOLE_NO_KEYS: {
    statusCode: 501,
    retryable: false,
    meaning: 'MILLRACE_SECRET_KEYS is not set for the console, so no secret of an endpoint can be stored.',
  },
  MR_CONSOLE_KAFKA: {
    statusCode: 503,
    retryable: true,
    meaning: 'Kafka does not answer, or a topic is missing, so nothing can be changed now; nothing was changed.',
  },
  MR_CONSOLE_KEYS: {
    statusCode: 503,
    retryable: true,
    meaning:
      'Contents are encrypted and their keys cannot be reached, because Redis or Kafka is away; what needs no contents is shown meanwhile.',
  },
  MR_CONSOLE_NO_ATTEMPT: {
    statusCode: 504,
    retryable: true,
    meaning: 'The delivery service made no try of a test delivery in time; see whether it is running.',
  },
  MR_CONSOLE_GATEWAY: {
    statusCode: 503,
    retryable: true,
    meaning: 'The gateway did not take an approved task, or did not answer in time; it is tried again.',
  },
  MR_CONSOLE_GATEWAY_REFUSED: {
    statusCode: 502,
    retryable: false,
    meaning: 'The gateway refused an approved task; the message has its status.',
  },
  MR_CONSOLE_BUSY: {
    statusCode: 503,
    retryable: true,
    meaning: 'The console has more to do than it takes on at once; `Retry-After` says when to try again.',
  },
  MR_CONSOLE_DATABASE: {
    statusCode: 503,
    retryable: true,
    meaning: 'The console’s database does not answer; webhooks are received and delivered all the same.',
  },
  MR_CONSOLE_INTERNAL: {
    statusCode: 500,
    retryable: true,
    meaning: 'A fault of ours; the log has it under the `request_id`.',
  },
} as const

export type ConsoleErrorCode = keyof typeof consoleErrors

export interface ConsoleErrorOptions {
  /** One sentence for the caller; the code's meaning when left out. Never quotes the request. */
  readonly detail?: string
  /** Whole seconds after which the caller should try again. */
  readonly retryAfterSeconds?: number
  /** Methods that the path has, for `Allow`. */
  readonly allow?: readonly string[]
  /** Each missing or wrong field, by JSON pointer (body) or name (query, path). */
  readonly problems?: readonly FieldProblem[]
  readonly cause?: unknown
}

/** A refusal. It becomes the answer's problem document as it is. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError'
  readonly code: ConsoleErrorCode
  readonly retryable: boolean
  readonly statusCode: number
  readonly retryAfterSeconds: number | undefined
  readonly allow: readonly string[] | undefined
  readonly problems: readonly FieldProblem[]

  constructor(code: ConsoleErrorCode, options: ConsoleErrorOptions = {}) {
    super(options.detail ?? consoleErrors[code].meaning, options.cause === undefined ? undefined : options)
    this.code = code
    this.retryable = consoleErrors[code].retryable
    this.statusCode = consoleErrors[code].statusCode
    this.retryAfterSeconds = options.retryAfterSeconds
    this.allow = options.allow
    this.problems = options.problems ?? []
  }
}

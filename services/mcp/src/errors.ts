/** Every error of this service. */
export const mcpErrors = {
  MR_MCP_TOO_LARGE: {
    statusCode: 413,
    retryable: false,
    meaning: 'An answer has more in it than a model can take at once; the question must be narrower.',
  },
  MR_MCP_TENANT: {
    statusCode: 400,
    retryable: false,
    meaning: 'The token has rights in several tenants and the call names none, or one that it has no rights in.',
  },
  MR_MCP_NOT_FOUND: {
    statusCode: 404,
    retryable: false,
    meaning: 'There is no such thing in the tenant.',
  },
  MR_MCP_URI: {
    statusCode: 400,
    retryable: false,
    meaning: 'The URI is no conversation:// or graph:// resource.',
  },
  MR_MCP_SUBSCRIPTIONS: {
    statusCode: 429,
    retryable: false,
    meaning: 'A session follows as many resources as it may; unsubscribe from some first.',
  },
  MR_MCP_STDIO_TOKEN: {
    statusCode: 401,
    retryable: false,
    meaning: 'The server was started over stdio without MILLRACE_CONSOLE_TOKEN.',
  },
} as const

export type McpErrorCode = keyof typeof mcpErrors

export class McpError extends Error {
  override readonly name = 'McpError'
  readonly code: McpErrorCode
  readonly retryable: boolean
  readonly statusCode: number

  constructor(code: McpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = mcpErrors[code].retryable
    this.statusCode = mcpErrors[code].statusCode
  }
}

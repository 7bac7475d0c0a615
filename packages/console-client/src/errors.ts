import type { components } from './api-types.ts'

/** What goes wrong between a program and the console. */
export const consoleClientErrors = {
  MR_CONSOLE_REFUSED: {
    statusCode: 400,
    retryable: false,
    meaning: 'The console refused a request; the problem that it answered with has its own code.',
  },
  MR_CONSOLE_UNREACHABLE: {
    statusCode: 503,
    retryable: true,
    meaning: 'The console does not answer at its address, or not in time.',
  },
} as const

export type ConsoleClientErrorCode = keyof typeof consoleClientErrors
export type Problem = components['schemas']['Problem']

/** The console said no, or nothing. */
export class ConsoleClientError extends Error {
  override readonly name = 'ConsoleClientError'
  readonly code: ConsoleClientErrorCode
  readonly statusCode: number
  readonly retryable: boolean
  /** The console's own words, where it had any. */
  readonly problem: Problem | undefined

  constructor(code: ConsoleClientErrorCode, message: string, options?: ErrorOptions & { readonly problem?: Problem }) {
    super(message, options)
    this.code = code
    this.problem = options?.problem
    this.statusCode = options?.problem?.status ?? consoleClientErrors[code].statusCode
    // Too many requests, or a console whose database is away.
    this.retryable = consoleClientErrors[code].retryable || this.statusCode === 429 || this.statusCode === 503
  }
}

/** Every error of the command line. `exitCode` is what the shell sees: 2 for a command that was typed wrongly, 1 for one that failed, 75 for one to be run again later. */
export const cliErrors = {
  MR_CLI_USAGE: {
    statusCode: 400,
    retryable: false,
    exitCode: 2,
    meaning: 'The command line has an unknown command or option, or a value that breaks its rule.',
  },
  MR_CLI_KAFKA_UNREACHABLE: {
    statusCode: 503,
    retryable: true,
    exitCode: 1,
    meaning: 'No broker of KAFKA_BROKERS answered in time.',
  },
  MR_CLI_TOPICS_DIFFER: {
    statusCode: 500,
    retryable: false,
    exitCode: 1,
    meaning: 'A topic on the broker contradicts the registry or the settings; each difference is named.',
  },
  MR_CLI_NOT_FOUND: {
    statusCode: 404,
    retryable: false,
    exitCode: 1,
    meaning: 'What the command names (a file, an endpoint) does not exist.',
  },
  MR_CLI_SETTING_MISSING: {
    statusCode: 500,
    retryable: false,
    exitCode: 1,
    meaning: 'The command needs a setting that is not set; the message names it.',
  },
  MR_CLI_NO_API: {
    statusCode: 409,
    retryable: false,
    exitCode: 1,
    meaning:
      'The command or the mode needs the lists of the provider, and the source has none: no API token, or no API.',
  },
  MR_CLI_FRONT_AWAY: {
    statusCode: 503,
    retryable: true,
    // EX_TEMPFAIL of sysexits.h: the same command may succeed later.
    exitCode: 75,
    meaning: 'Front did not answer for as long as the command waits for it (--timeout); it may be run again.',
  },
  MR_CLI_GATEWAY_UNREACHABLE: {
    statusCode: 503,
    retryable: true,
    exitCode: 1,
    meaning: 'The gateway did not answer in time.',
  },
  MR_CLI_CONSOLE_REFUSED: {
    statusCode: 400,
    retryable: false,
    exitCode: 1,
    meaning: 'The console refused what the command asked for; the message is its own.',
  },
  MR_CLI_CONSOLE_UNREACHABLE: {
    statusCode: 503,
    retryable: true,
    exitCode: 1,
    meaning: 'The console at MILLRACE_CONSOLE_URL did not answer in time.',
  },
  MR_CLI_STATUS_TOKEN: {
    statusCode: 401,
    retryable: false,
    exitCode: 1,
    meaning: 'The gateway does not take the GATEWAY_STATUS_TOKEN that this command was given.',
  },
} as const

export type CliErrorCode = keyof typeof cliErrors

/** What a person reads as one line. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode
  readonly retryable: boolean
  readonly statusCode: number
  readonly exitCode: number

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = cliErrors[code].retryable
    this.statusCode = cliErrors[code].statusCode
    this.exitCode = cliErrors[code].exitCode
  }
}

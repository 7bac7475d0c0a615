/** Every error of this package. `meaning` is one sentence for whoever meets the code; docs/errors.md is made from it. */
export const serviceKitErrors = {
  MR_SETTINGS_INVALID: {
    statusCode: 500,
    retryable: false,
    meaning: 'Settings are missing or break their rule; the message names each variable, its value and the rule.',
  },
  MR_SETTINGS_DUPLICATE: {
    statusCode: 500,
    retryable: false,
    meaning: 'Two settings of one service read the same environment variable: a mistake in its code.',
  },
  MR_SOURCES_UNREADABLE: {
    statusCode: 500,
    retryable: false,
    meaning: 'The file named by MILLRACE_SOURCES cannot be read.',
  },
  MR_SOURCES_INVALID: {
    statusCode: 500,
    retryable: false,
    meaning: 'The file named by MILLRACE_SOURCES breaks its schema; the message names line, field and rule.',
  },
  MR_SERVICE_PORT_TAKEN: {
    statusCode: 500,
    retryable: false,
    meaning: 'A port that the service listens on cannot be bound; the message names the setting to change.',
  },
  MR_SERVICE_REDIS_EVICTS: {
    statusCode: 500,
    retryable: false,
    meaning:
      'Redis may evict keys (maxmemory-policy is not noeviction): an evicted claim lets a duplicate pass, evicted state starts anew.',
  },
  MR_REGISTRY_UNAVAILABLE: {
    statusCode: 503,
    retryable: true,
    meaning: 'The schema registry (SCHEMA_REGISTRY_URL) does not answer, or has not answered yet; what needs it waits.',
  },
  MR_REGISTRY_REFUSED: {
    statusCode: 502,
    retryable: false,
    meaning: 'The schema registry refuses a call; the message has its words: a wrong URL, login or right.',
  },
  MR_REGISTRY_MISSING: {
    statusCode: 500,
    retryable: false,
    meaning:
      'A schema of this release is not in the schema registry: run `millrace schemas register` before the upgrade.',
  },
  MR_REGISTRY_INCOMPATIBLE: {
    statusCode: 409,
    retryable: false,
    meaning: 'A schema does not fit the versions that the registry holds for its subject; nothing was registered.',
  },
  MR_SERVICE_NO_SOURCES: {
    statusCode: 500,
    retryable: false,
    meaning: 'A service asked for sources without having the source settings: a mistake in its code.',
  },
} as const

export type ServiceKitErrorCode = keyof typeof serviceKitErrors

/** What goes wrong between starting and stopping a service. */
export class ServiceKitError extends Error {
  override readonly name = 'ServiceKitError'
  readonly code: ServiceKitErrorCode
  readonly retryable: boolean
  readonly statusCode: number
  /** One line for each thing that is wrong, where there are several. */
  readonly problems: readonly string[] | undefined

  constructor(
    code: ServiceKitErrorCode,
    message: string,
    options?: ErrorOptions & { readonly problems?: readonly string[] },
  ) {
    super(message, options)
    this.problems = options?.problems
    this.code = code
    this.retryable = serviceKitErrors[code].retryable
    this.statusCode = serviceKitErrors[code].statusCode
  }
}

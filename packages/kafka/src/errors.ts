/**
 * Every error code of this package. `statusCode` is what an HTTP caller should see; `retryable` says whether the same call may succeed later.
 */
export const kafkaErrors = {
  MR_KAFKA_TOO_LARGE: { statusCode: 413, retryable: false, meaning: 'The value is larger than the topic takes.' },
  MR_KAFKA_QUEUE_FULL: {
    statusCode: 503,
    retryable: true,
    meaning: 'More records wait for the brokers than the queue holds.',
  },
  MR_KAFKA_UNAVAILABLE: {
    statusCode: 503,
    retryable: true,
    meaning: 'The brokers did not take the record in time; it may still be written.',
  },
  MR_KAFKA_REFUSED: { statusCode: 500, retryable: false, meaning: 'The broker refused the record for good.' },
  MR_KAFKA_CLOSED: { statusCode: 503, retryable: true, meaning: 'The client is closing.' },
  MR_KAFKA_UNDECODABLE: { statusCode: 500, retryable: false, meaning: 'The record bytes fit no known schema version.' },
  MR_KAFKA_SCHEMA_PENDING: {
    statusCode: 503,
    retryable: true,
    meaning: 'The schema registry has not yet said what wrote the record; it is tried again, and waits until then.',
  },
  MR_KAFKA_KEY_PENDING: {
    statusCode: 503,
    retryable: true,
    meaning: 'The data key of the record cannot be reached at present; it is tried again, and waits until then.',
  },
  MR_KAFKA_KEY_LOST: {
    statusCode: 500,
    retryable: false,
    meaning: 'Nobody knows the data key of the record, or the master key that wraps it; it cannot be read.',
  },
  MR_KAFKA_ERASED: {
    statusCode: 410,
    retryable: false,
    meaning:
      'The data key of the record was destroyed by an erasure: there is nothing to read, and nothing is written.',
  },
  MR_KAFKA_TRANSIENT: {
    statusCode: 503,
    retryable: true,
    meaning: 'A handler could not reach something it needs; the record is tried again.',
  },
  MR_KAFKA_THROTTLED: {
    statusCode: 429,
    retryable: true,
    meaning: 'A handler was told to wait; the record is tried again after that.',
  },
  MR_KAFKA_STATE_REBUILDING: {
    statusCode: 503,
    retryable: true,
    meaning: 'Redis lost the state of a fold, which is being read back from the compacted topics; folding waits.',
  },
  MR_KAFKA_REDIS_UNAVAILABLE: {
    statusCode: 503,
    retryable: true,
    meaning: 'Redis did not answer; the records wait in Kafka.',
  },
  MR_KAFKA_RETRIES_SPENT: {
    statusCode: 500,
    retryable: false,
    meaning: 'Transient failures went on for longer than the consumer allows.',
  },
  MR_KAFKA_HANDLER_BUG: {
    statusCode: 500,
    retryable: false,
    meaning: 'A handler threw an error that it does not know; the record is a dead letter.',
  },
  MR_KAFKA_TOPIC_MISMATCH: {
    statusCode: 500,
    retryable: false,
    meaning: 'An existing topic contradicts the registry.',
  },
  MR_KAFKA_LOG_CUT: {
    statusCode: 500,
    retryable: false,
    meaning: 'A topic ends below what was read of it: it was made anew or cut; what was read before means nothing.',
  },
  MR_KAFKA_FATAL: {
    statusCode: 500,
    retryable: false,
    meaning: 'A Kafka client stopped for good; the process must end.',
  },
} as const

export type KafkaErrorCode = keyof typeof kafkaErrors

/** An error of this package. Match on `code`. */
export class KafkaError extends Error {
  readonly code: string
  readonly retryable: boolean
  readonly statusCode: number
  /** Milliseconds to wait, where the other side said so. */
  readonly retryAfterMs: number | undefined

  constructor(code: KafkaErrorCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'KafkaError'
    this.code = code
    this.retryable = kafkaErrors[code].retryable
    this.statusCode = kafkaErrors[code].statusCode
    this.retryAfterMs = options.retryAfterMs
  }
}

/** What a caller learns of the broker's final no; `type` is the protocol's name for it. */
export function refusal(refused: { readonly type: string; readonly message: string }): KafkaError {
  const code = refused.type.includes('TOO_LARGE') ? 'MR_KAFKA_TOO_LARGE' : 'MR_KAFKA_REFUSED'
  return new KafkaError(code, refused.message, { cause: refused })
}

/** A handler's "try again soon": something it needs cannot be reached. */
export function transient(message: string, options: { cause?: unknown } = {}): KafkaError {
  return new KafkaError('MR_KAFKA_TRANSIENT', message, options)
}

/** A handler's "try again after `retryAfterMs`". */
export function throttled(message: string, retryAfterMs: number, options: { cause?: unknown } = {}): KafkaError {
  return new KafkaError('MR_KAFKA_THROTTLED', message, { ...options, retryAfterMs })
}

interface PermanentOptions {
  readonly cause?: unknown
  /** The handler has logged the cause itself: the dead letter is counted, and logged at level debug. */
  readonly isTold?: boolean
}

/** A handler's "never": the record goes to the dead-letter topic at once, with this code. */
export function permanent(code: string, message: string, { cause, isTold = false }: PermanentOptions = {}): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause })
  return Object.assign(error, { name: 'PermanentError', code, retryable: false, isTold })
}

export type RetryClass = 'transient' | 'throttled' | 'permanent' | 'bug'

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])
const PROGRAMMING_ERRORS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'])

/** What classifying looks at. A thrown proxy or getter can throw in turn; that tells nothing. */
function factsOf(error: unknown): { name?: unknown; code?: unknown; retryable?: unknown; retryAfterMs?: unknown } {
  if (typeof error !== 'object' || error === null) return {}
  try {
    const { name, code, retryable, retryAfterMs } = error as Record<string, unknown>
    return { name, code, retryable, retryAfterMs }
  } catch {
    return {}
  }
}

/** Sorts any thrown thing into a retry class; total, never throws. */
export function classify(error: unknown): {
  readonly kind: RetryClass
  readonly code: string
  readonly retryAfterMs: number | undefined
} {
  const e = factsOf(error)
  const code = typeof e.code === 'string' ? e.code : undefined
  const retryAfterMs =
    typeof e.retryAfterMs === 'number' && Number.isFinite(e.retryAfterMs) ? Math.max(0, e.retryAfterMs) : undefined
  const isBug = typeof e.name === 'string' && PROGRAMMING_ERRORS.has(e.name) && code === undefined
  if (isBug) return { kind: 'bug', code: 'MR_KAFKA_HANDLER_BUG', retryAfterMs: undefined }
  if (e.retryable === true && retryAfterMs !== undefined)
    return { kind: 'throttled', code: code ?? 'MR_KAFKA_THROTTLED', retryAfterMs }
  if (e.retryable === true || (e.retryable !== false && code !== undefined && NETWORK_CODES.has(code))) {
    return { kind: 'transient', code: code ?? 'MR_KAFKA_TRANSIENT', retryAfterMs: undefined }
  }
  if (code !== undefined && e.retryable === false) return { kind: 'permanent', code, retryAfterMs: undefined }
  return { kind: 'bug', code: 'MR_KAFKA_HANDLER_BUG', retryAfterMs: undefined }
}

/** What a record is given up with after its transient failures have lasted too long. */
export function spent(error: unknown): KafkaError {
  return new KafkaError('MR_KAFKA_RETRIES_SPENT', `gave up after repeated failures: ${classify(error).code}`, {
    cause: error,
  })
}

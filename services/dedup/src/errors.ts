/** Every error of this service. */
export const dedupErrors = {
  MR_DEDUP_REFILLING: {
    statusCode: 503,
    retryable: true,
    meaning: 'Claims are being read back from webhooks.events; records wait in Kafka meanwhile.',
  },
  MR_DEDUP_NOT_OWNER: {
    statusCode: 503,
    retryable: true,
    meaning: 'Another process has gone on with the partition; this one repeats until it hears of it.',
  },
  MR_DEDUP_REDIS_UNAVAILABLE: {
    statusCode: 503,
    retryable: true,
    meaning: 'Redis does not answer; nothing passes unclaimed, records wait in Kafka.',
  },
} as const

export type DedupErrorCode = keyof typeof dedupErrors

export class DedupError extends Error {
  override readonly name = 'DedupError'
  readonly code: DedupErrorCode
  readonly retryable: boolean
  readonly statusCode: number

  constructor(code: DedupErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
    this.retryable = dedupErrors[code].retryable
    this.statusCode = dedupErrors[code].statusCode
  }
}

import type { Source } from '@millrace/service-kit'
import type { Span } from '@opentelemetry/api'

/** What is known of one request while it is handled; the log line, the metrics and the span are made of it at its end. */
export interface Exchange {
  readonly webhookId: string
  /** Epoch milliseconds. */
  readonly receivedAt: number
  /** `performance.now()` at the start. */
  readonly startedAt: number
  readonly span: Span
  source: Source | undefined
  scheme: string | undefined
  secretId: string | undefined
  /** Code and rule of the refusal. */
  code: string | undefined
  rule: string | undefined
  bytes: number
  events: number
  /** Records that Kafka acknowledged. */
  positions: number
  /** Gives back what the request's body holds of the memory set aside for bodies. */
  release: () => void
}

declare module 'fastify' {
  interface FastifyRequest {
    exchange: Exchange
  }
}

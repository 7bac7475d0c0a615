import type { IncomingMessage } from 'node:http'
import type { Source } from '@millrace/service-kit'
import type { Span } from '@opentelemetry/api'
import type { FastRequest } from './fast-request.ts'

/** A request by node:http, or of the fast path. */
export type WebhookRequest = IncomingMessage | FastRequest

/** What is used of an answer by node:http; that of the fast path is no more than this. */
export interface WebhookResponse {
  readonly headersSent: boolean
  readonly destroyed: boolean
  readonly writableFinished: boolean
  readonly statusCode: number
  writeHead(statusCode: number, head: string[]): unknown
  end(body: string | Buffer, encoding: BufferEncoding): unknown
  once(event: 'close', listener: () => void): unknown
  off(event: 'close', listener: () => void): unknown
}

/** What is known of one request while it is handled; the log line, the metrics and the span are made of it at its end. */
export interface Exchange {
  readonly request: WebhookRequest
  readonly response: WebhookResponse
  readonly webhookId: string
  /** Path of the source or the page; undefined where there is none, since a stranger's path is a stranger's text. */
  readonly route: string | undefined
  /** The client's, behind the proxies that are trusted. */
  readonly address: string
  /** Epoch milliseconds. */
  readonly receivedAt: number
  /** `performance.now()` at the start. */
  readonly startedAt: number
  readonly span: Span
  /** Headers that its answer has besides its own, such as those of a limit. */
  headers: Record<string, string> | undefined
  source: Source | undefined
  scheme: string | undefined
  secretId: string | undefined
  /** Code and rule of the refusal. */
  code: string | undefined
  rule: string | undefined
  bytes: number
  events: number
  /** A question of the provider's whether we are there was answered. */
  isHandshake: boolean
  /** Records that Kafka acknowledged. */
  positions: number
  /** Bytes of its body that are taken from the memory set aside for bodies. */
  bytesInHand: number
}

/** The answer to a request that was not refused. */
export interface Answer {
  readonly statusCode: number
  readonly type: string
  readonly body: string | Buffer
}

export const JSON_TYPE = 'application/json; charset=utf-8'

declare module 'fastify' {
  interface FastifyRequest {
    exchange: Exchange
  }
}

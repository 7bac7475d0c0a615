import type { TryErrorCode } from './error-classes.ts'

/** How far a try came: what it was at when it ended. `none`: no connection was tried. */
export type Phase = 'none' | 'dns' | 'proxy' | 'connect' | 'tls' | 'consent' | 'headers' | 'body' | 'done'

/** Milliseconds of each step; null for one that was not taken, as on a connection that was open already. */
export interface Timings {
  readonly dnsMs: number | null
  /** TCP, through the egress proxy where there is one. */
  readonly connectMs: number | null
  readonly tlsMs: number | null
  /** From the request's first byte to the answer's. */
  readonly firstByteMs: number | null
}

/** What the endpoint says remains of its own limit (`ratelimit-*`, `x-ratelimit-*`). */
export interface RateLimitAnswer {
  readonly remaining: number
  /** From the end of the try until the window starts anew, at most 72 hours. */
  readonly resetMs: number
  readonly limit: number | null
}

/** What one HTTP try came to. */
export interface Posted extends Timings {
  /** Status of the answer; null when none came. */
  readonly statusCode: number | null
  /** Null for success: a 2xx, whole or cut at its limit. */
  readonly errorCode: TryErrorCode | null
  readonly phase: Phase
  /** Whether any byte of the delivery may have reached the endpoint. */
  readonly wasSent: boolean
  readonly isReused: boolean
  /** The vetted address that was connected to. */
  readonly address: string | null
  /** Bytes of the body that was sent, and of the answer's body as far as it was read. */
  readonly bytesSent: number
  readonly bytesReceived: number
  /** The answer's body, at most its first 1 KiB. */
  readonly answer: Buffer | null
  /** By the answer's `Retry-After`, from the end of the try, at most 72 hours; null when there is none that can be read. */
  readonly retryAfterMs: number | null
  readonly rateLimit: RateLimitAnswer | null
  /** Requests a minute that the receiver allowed when it gave its consent; null when it named none, or was not asked. */
  readonly allowedPerMinute: number | null
}

/** One try that has ended, or what took its place when none could be made. */
export interface Tried extends Posted {
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly endedAt: number
  /** Scheme, host and port of the endpoint, which may be logged; null when it is not known. */
  readonly origin: string | null
}

/** Of a try that was not made, for this reason. */
export function notPosted(errorCode: TryErrorCode): Posted {
  return {
    statusCode: null,
    errorCode,
    phase: 'none',
    wasSent: false,
    isReused: false,
    address: null,
    bytesSent: 0,
    bytesReceived: 0,
    answer: null,
    dnsMs: null,
    connectMs: null,
    tlsMs: null,
    firstByteMs: null,
    retryAfterMs: null,
    rateLimit: null,
    allowedPerMinute: null,
  }
}

import type { FrontObject, FrontPage } from './parse.ts'
import type { RateLimits } from './rate-limits.ts'

export interface FrontClientOptions {
  /** API token, or what gives the current one. */
  readonly token: string | (() => string | Promise<string>)
  /** Default `https://api2.frontapp.com`; another one for the simulator. Its origin is allowed to get the token. */
  readonly baseUrl?: string
  /** Milliseconds for one HTTP call, body included. Default 10 000. */
  readonly fetchTimeoutMs?: number
  /** Bytes of an answer at most. Default 8 MiB. */
  readonly maxAnswerBytes?: number
  /** Host names beside Front's own that links may lead to, https only. */
  readonly allowedHosts?: readonly string[]
  /** Connections to one host at most. Default 16. */
  readonly connections?: number
  readonly userAgent?: string
  /** Told after every answer that says something about limits, errors included. */
  readonly onRateLimits?: (limits: RateLimits) => void
  /** Told after every HTTP call, for metrics. `status` is null when no answer came. */
  readonly onCall?: (call: {
    readonly path: string
    readonly status: number | null
    readonly durationMs: number
  }) => void
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

export interface ConversationCallOptions extends CallOptions {
  /** Ask the survivor of a merged conversation instead of failing with `MR_FRONT_MERGED`. Default false. */
  readonly followMerged?: boolean
}

export interface ListMessagesOptions extends ConversationCallOptions {
  /** Pages to read at most. Default 1. */
  readonly maxPages?: number
  /** Messages a page, 1 to 100. Default 50. */
  readonly limit?: number
}

/** An answer beside its original bytes. */
export interface Answer<T> {
  readonly value: T
  readonly json: unknown
  readonly bytes: Buffer
  /** Epoch milliseconds at which the call began: the state in it is at least as new. */
  readonly startedAt: number
  /** Survivor that was asked instead, when a merge was followed. */
  readonly mergedInto: string | null
}

/** Pages of a list, in the API's order. `value` holds the results of all of them. */
export interface ListAnswer {
  readonly value: readonly FrontObject[]
  readonly pages: readonly Answer<FrontPage>[]
  /** True when more was there than was read. */
  readonly hasMore: boolean
  readonly startedAt: number
  readonly mergedInto: string | null
}

/** Reads of Front's Core API. Every method throws FrontError (see errors.ts), or the reason of an aborted `signal`. */
export interface FrontClient {
  getConversation(id: string, options?: ConversationCallOptions): Promise<Answer<FrontObject>>
  /** Newest first. */
  listMessages(conversationId: string, options?: ListMessagesOptions): Promise<ListAnswer>
  /** Newest first, always the whole list: Front does not page it. */
  listComments(conversationId: string, options?: ConversationCallOptions): Promise<ListAnswer>
  getEvent(id: string, options?: CallOptions): Promise<Answer<FrontObject>>
  getMessage(id: string, options?: CallOptions): Promise<Answer<FrontObject>>
  /** Waits for open calls, after `deadlineMs` (default 10 000) ends them as `MR_FRONT_UNAVAILABLE`. Idempotent. */
  close(deadlineMs?: number): Promise<void>
}

import type { Lane } from './budget/lanes.ts'
import type { Turns } from './budget/turns.ts'
import type { FrontError } from './errors.ts'
import type { FrontObject, FrontPage } from './parse.ts'

export interface FrontClientOptions {
  /** API token, or what gives the current one. */
  readonly token: string | (() => string | Promise<string>)
  /** Called when Front refused this token (401); the call is then made once more with what `token` gives. */
  readonly renewToken?: (refused: string) => Promise<void>
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
  /** Where each HTTP call gets its turn; without it every call is made at once. */
  readonly turns?: Pick<Turns, 'take'>
  /** May refuse a call, by throwing, without Front hearing of it. */
  readonly guard?: CallGuard
  /** Told after every HTTP call, for metrics. `route` is the path without ids; `status` is null when no answer came. */
  readonly onCall?: (call: {
    readonly route: string
    readonly status: number | null
    readonly durationMs: number
  }) => void
}

/** Keeps calls from a Front that refuses them. `route` is a path without ids, such as `/conversations/{id}/messages`. */
export interface CallGuard {
  /**
   * Asked before the call waits for its turn. `isTry`: this one is to find out whether Front still refuses.
   * @throws FrontError when the call is not worth making now
   */
  before(route: string): Promise<{ readonly isTry: boolean }>
  /** Asked when the turn has come, of a call that is no try. @throws FrontError as `before` */
  check(route: string): void
  after(route: string, outcome: { readonly status: number | null; readonly error: FrontError | null }): void
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Whom the call is for; decides who waits for whom. Default `live-low`. */
  readonly lane?: Lane
  /** Milliseconds that each HTTP call waits for its turn at most; then `MR_FRONT_BUDGET_SPENT`. Default 30 000. */
  readonly maxWaitMs?: number
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

/** What all lists take. */
export interface PageOptions {
  /** Pages to read at most. Default 1. */
  readonly maxPages?: number
  /** Where to go on: `next` of an earlier answer to the same question. */
  readonly pageToken?: string
}

export interface ListEventsOptions extends CallOptions, PageOptions {
  /** Epoch milliseconds; events after this time only. */
  readonly after?: number
  /** Epoch milliseconds; events before this time only. */
  readonly before?: number
  /** Types in the words of the Events API (`inbound`, `archive`); all when left out. */
  readonly types?: readonly string[]
  /** By time. Default `desc`: newest first. */
  readonly order?: 'asc' | 'desc'
}

export interface ListConversationsOptions extends CallOptions, PageOptions {
  /** Conversations a page, 1 to 100. Default 100. */
  readonly limit?: number
}

export interface ListConversationEventsOptions extends ConversationCallOptions, PageOptions {}

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
  /** Token of the page after the last one read, for `pageToken`; null at the end. */
  readonly next: string | null
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
  /** Newest first. */
  listConversationEvents(conversationId: string, options?: ListConversationEventsOptions): Promise<ListAnswer>
  /** Of the whole company, 15 a page: Front gives no more. */
  listEvents(options?: ListEventsOptions): Promise<ListAnswer>
  /** Most recently updated first. */
  listConversations(options?: ListConversationsOptions): Promise<ListAnswer>
  /** The inboxes that the conversation is in. */
  listConversationInboxes(id: string, options?: ConversationCallOptions): Promise<ListAnswer>
  listInboxes(options?: CallOptions & PageOptions): Promise<ListAnswer>
  getEvent(id: string, options?: CallOptions): Promise<Answer<FrontObject>>
  getMessage(id: string, options?: CallOptions): Promise<Answer<FrontObject>>
  /** Waits for open calls, after `deadlineMs` (default 10 000) ends them as `MR_FRONT_UNAVAILABLE`. Idempotent. */
  close(deadlineMs?: number): Promise<void>
}

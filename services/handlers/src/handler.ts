import type { FrontClient } from '@millrace/front-client'
import type { AnyEvent } from './events.ts'

/** A team's code for one kind of event. What it resolves with is not looked at; see `permanent`, `transient` and `throttled` for what it throws. */
export type Handler<E extends AnyEvent> = (event: E, context: HandlerContext) => Promise<void> | void

/** What a handler is given for one event. It ends with the run: later use fails. */
export interface HandlerContext {
  /**
   * Reads of the event's Front account, in its shared budget, behind the live reads of others. Undefined for an account without API token or
   * OAuth client. A budget that is spent, a 429 or an outage lets the event wait and be tried again.
   */
  readonly front: FrontReads | undefined
  /**
   * Writes an event of type `millrace.<type>`, once however often this handler runs for the same event: its id is made of the event, the handler,
   * `type` and `key` (default: how many of this type it has emitted before in this run).
   * @throws DomainError `MR_DOMAIN_EMISSION` for a wrong type or data that is no JSON; KafkaError `MR_KAFKA_TOO_LARGE` over 2 MiB
   */
  emit(type: string, data: unknown, options?: EmitOptions): Promise<{ readonly event_id: string }>
  readonly mcp: {
    /**
     * Tells models that follow this resource (`event.conversation_uri`, or a `graph://` URI) to read it again.
     * @throws HandlersError `MR_HANDLERS_URI` for what is no resource of the event's tenant
     */
    notify(uri: string): Promise<void>
  }
  readonly log: HandlerLog
  /** Aborts at HANDLERS_TIMEOUT_MS, and when the event passes to another process. Give it to whatever takes one. */
  readonly signal: AbortSignal
}

export interface EmitOptions {
  readonly key?: string
  /** Ids of the new event; default: those of the event at hand. */
  readonly conversation_id?: string | null
  readonly contact_id?: string | null
  readonly client_id?: string | null
  /** Epoch milliseconds; default now. */
  readonly occurred_at?: number
}

/** The API's reads; calls end with `ctx.signal` unless given another. */
export type FrontReads = Omit<FrontClient, 'close'>

/** Credentials and message contents are masked by their field names; do not write them into `message`. */
export interface HandlerLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

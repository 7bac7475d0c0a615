import * as kafka from '@millrace/kafka'

interface Cause {
  readonly cause?: unknown
}

/** To be thrown: never try this event again, it becomes a dead letter. `message` is kept with it, so it must quote nothing personal. */
export function permanent(message: string, { cause }: Cause = {}): Error {
  return kafka.permanent('MR_HANDLERS_REFUSED', message, { cause })
}

/** To be thrown: something that the handler needs is away, try again soon. */
export function transient(message: string, options: Cause = {}): Error {
  return kafka.transient(message, options)
}

/** To be thrown: try again in `retryAfterMs`. */
export function throttled(message: string, retryAfterMs: number, options: Cause = {}): Error {
  return kafka.throttled(message, retryAfterMs, options)
}

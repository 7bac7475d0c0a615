import { type ConsumeOptions, classify, type InRecord, transient } from '@millrace/kafka'
import type { EventReplay, WebhookEvent } from '@millrace/schemas'
import { HandlersError } from './errors.ts'
import { readForHandlers } from './events.ts'
import type { HandlerLog } from './handler.ts'
import { type ContextParts, makeContext } from './make-context.ts'
import { handlersFor, type Registration } from './registry.ts'
import { type Run, startRun, waitForRun } from './run-handler.ts'

export type Handled = WebhookEvent | EventReplay
export type Outcome = 'done' | 'again' | 'failed'

export interface HandlingParts extends ContextParts {
  readonly registrations: readonly Registration[]
  readonly group: string
  /** Milliseconds for one run of one handler. */
  readonly timeoutMs: number
  logFor(handler: string, event: WebhookEvent): HandlerLog
  onRun(handler: string, outcome: Outcome, durationMs: number): void
}

/** How far the handlers of one record are, over its tries. */
interface Progress {
  readonly failures: Map<Registration, unknown>
  readonly done: Set<Registration>
  readonly running: Map<Registration, Run>
}

/**
 * Handles events by all handlers that want them, one after the other. One that has done its work is not called again while others of the same event are
 * tried again; an event that some of them can never handle becomes a dead letter once the others are done.
 */
export function createHandling(parts: HandlingParts): ConsumeOptions<Handled>['handle'] {
  const inHand = new WeakMap<InRecord<Handled>, Progress>()
  return async (record, { signal }) => {
    const event = record.value
    if (event === null || !isForUs(event, parts.group)) return
    const wanted = handlersFor(parts.registrations, event.type)
    const progress = inHand.get(record) ?? { failures: new Map(), done: new Set(), running: new Map() }
    inHand.set(record, progress)
    let again: unknown
    for (const registration of wanted) {
      if (progress.done.has(registration) || progress.failures.has(registration)) continue
      try {
        await attempt(parts, event, registration, progress, signal)
        progress.done.add(registration)
      } catch (error) {
        signal.throwIfAborted()
        const retryable = asRetryable(error)
        if (retryable !== null) again ??= retryable
        else progress.failures.set(registration, error)
      }
    }
    if (again !== undefined) throw again
    const [failure] = progress.failures
    if (failure !== undefined) throw failed(failure[0].name, failure[1])
  }
}

/** Events as they come are for everybody, a replay only for the group that it names. */
function isForUs(event: Handled, group: string): boolean {
  return !('replay_id' in event) || (event.target_kind === 'group' && event.target === group)
}

/** What is thrown so that the record is tried again; null for what would fail again. */
function asRetryable(error: unknown): unknown {
  const { kind } = classify(error)
  if (kind === 'transient' || kind === 'throttled') return error
  if (kind !== 'bug') return null
  // `fetch` hides what the network said behind a TypeError.
  const cause = error instanceof Error ? error.cause : undefined
  const code = (cause as { code?: unknown } | undefined)?.code
  const isNetwork = classify(cause).kind === 'transient' || String(code).startsWith('UND_ERR_')
  return isNetwork ? transient(`the network: ${code}`, { cause: error }) : null
}

async function attempt(
  parts: HandlingParts,
  event: Handled,
  registration: Registration,
  { running }: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { name } = registration
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(parts.timeoutMs)])
  const startedAt = performance.now()
  const tell = (outcome: Outcome) => parts.onRun(name, outcome, performance.now() - startedAt)
  // One that ignored its signal is still at it: it is waited for once more, never run twice at a time.
  const run = running.get(registration) ?? begin(parts, event, registration, inTime)
  running.set(registration, run)
  try {
    await waitForRun(run, inTime)
    tell('done')
  } catch (error) {
    if (run.isSettled()) running.delete(registration)
    if (!signal.aborted) tell(asRetryable(error) === null ? 'failed' : 'again')
    throw error
  }
}

function begin(parts: HandlingParts, event: Handled, { name, run }: Registration, signal: AbortSignal): Run {
  const replay = 'replay_id' in event ? { replay_id: event.replay_id, run_id: event.run_id } : null
  const scope = replay !== null && !(event as EventReplay).keeps_ids ? [parts.group, replay.run_id] : [parts.group]
  const log = parts.logFor(name, event)
  const context = makeContext(parts, { event, handler: name, scope: scope.join('/'), log, signal })
  const given = readForHandlers(event, replay)
  return startRun(name, (context) => run(given as never, context), context)
}

/**
 * What the dead letter says: the message of an error with a code of ours, and of `permanent`, which the team chose; of others only the class, for their
 * texts may quote the event.
 */
function failed(handler: string, cause: unknown): Error {
  const { kind, code } = classify(cause)
  const thrown = cause instanceof Error ? cause : new Error('a value that is no Error was thrown')
  const isTellable = kind === 'permanent' && code.startsWith('MR_')
  const told = isTellable ? thrown.message : thrown.name
  const error = new HandlersError('MR_HANDLERS_FAILED', `handler "${handler}": ${told}`, { cause })
  // The places in the team's code, not this one.
  if (thrown.stack !== undefined) error.stack = thrown.stack
  return isTellable ? Object.assign(error, { code }) : error
}

import { type Emission, emittedEvent, parseResourceUri, uuidv5 } from '@millrace/domain'
import type { FrontClient } from '@millrace/front-client'
import type { Kafka } from '@millrace/kafka'
import { topics, type WebhookEvent } from '@millrace/schemas'
import { HandlersError } from './errors.ts'
import { readsOf } from './front-reads.ts'
import type { EmitOptions, HandlerContext, HandlerLog } from './handler.ts'
import { outside } from './run-handler.ts'

/** Namespace of the ids of announcements. */
const NOTICE_NAMESPACE = '3d2f7d64-0d0e-4f2f-8a52-8e1c5b0c3a77'

export interface ContextParts {
  readonly kafka: Pick<Kafka, 'send'>
  /** Undefined while the account cannot be called. */
  frontOf(tenant: string, account: string): FrontClient | undefined
  onEmitted(handler: string): void
}

export interface RunOf {
  readonly event: WebhookEvent
  readonly handler: string
  /** Differs between runs whose emissions are to be different events: the group, and the run of a replay that asks for new ids. */
  readonly scope: string
  readonly log: HandlerLog
  readonly signal: AbortSignal
}

export interface Context extends HandlerContext {
  /** Resolves when what the handler began and did not await is stored; rejects with the first failure. From then on the context takes nothing. */
  end(): Promise<void>
}

/** The context of one run of a handler. */
export function makeContext(parts: ContextParts, run: RunOf): Context {
  const { event, log, signal } = run
  const begun: Promise<unknown>[] = []
  let isOver = false
  const follow = <T>(what: string, act: () => Promise<T>): Promise<T> => {
    if (isOver)
      return Promise.reject(
        new HandlersError('MR_HANDLERS_OVER', `${run.handler}: ${what} after the handler had ended; await it`),
      )
    const doing = outside(async () => act())
    // Whoever awaits it hears of a failure there, and `end` in any case.
    doing.catch(() => {})
    begun.push(doing)
    return doing
  }
  const emit = createEmit(parts, run)
  const front = parts.frontOf(event.tenant, event.account)
  return {
    front: front === undefined ? undefined : readsOf(front, signal),
    emit: (type, data, options = {}) => follow('emit', () => emit(type, data, options)),
    mcp: { notify: (uri) => follow('mcp.notify', () => announce(parts, run, uri)) },
    log,
    signal,
    async end() {
      const outcomes = await Promise.allSettled(begun)
      isOver = true
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  }
}

function createEmit({ kafka, onEmitted }: ContextParts, { event, handler, scope, signal }: RunOf) {
  const counts = new Map<string, number>()
  return async (type: string, data: unknown, options: EmitOptions) => {
    const nth = counts.get(type) ?? 0
    counts.set(type, nth + 1)
    const emission: Emission = {
      type,
      data,
      key: JSON.stringify([scope, handler, options.key ?? nth]),
      conversationId: options.conversation_id === undefined ? event.conversation_id : options.conversation_id,
      contactId: options.contact_id === undefined ? event.contact_id : options.contact_id,
      clientId: options.client_id === undefined ? event.client_id : options.client_id,
      occurredAt: options.occurred_at ?? Date.now(),
    }
    const { eventId, key, value, headers } = emittedEvent(event, emission, Date.now())
    await kafka.send(topics.received, key, value, { headers, signal })
    onEmitted(handler)
    return { event_id: eventId }
  }
}

/** Goes to the console as a notice, which its live stream hands to the MCP server. */
async function announce({ kafka }: ContextParts, { event, handler, scope, signal }: RunOf, uri: string): Promise<void> {
  if (parseResourceUri(uri)?.tenant !== event.tenant)
    throw new HandlersError(
      'MR_HANDLERS_URI',
      `${handler}: mcp.notify takes conversation://${event.tenant}/… or graph://${event.tenant}/…, the id percent-encoded`,
    )
  const id = uuidv5(NOTICE_NAMESPACE, JSON.stringify([scope, event.tenant, event.event_id, handler, uri]))
  const notice = {
    ...{ tenant: event.tenant, notice_id: id, at: Date.now(), severity: 'info' as const },
    ...{ kind: 'resource-updated', writer: 'handlers', subject: uri },
    text: 'A handler announced a change of this resource.',
    details_json: JSON.stringify({ event_id: event.event_id, handler }),
  }
  await kafka.send(topics.notices, event.tenant, notice, { signal })
}

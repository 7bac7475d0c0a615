import { randomBytes } from 'node:crypto'
import { describePayload, eventIdOf, nameEvent } from '@millrace/domain'
import type { FrontClient } from '@millrace/front-client'
import { classify, type InRecord } from '@millrace/kafka'
import { type EventReplay, type Notice, type ReceivedWebhook, topics, type WebhookEvent } from '@millrace/schemas'
import { quietLog, replayOf as replayValue } from '@millrace/test-support'
import { createHandling, type Handled, type Outcome } from '../../src/handle-events.ts'
import { collectHandlers, withUniqueNames } from '../../src/registry.ts'

/** Handlers over a broker that only notes what is sent. */
export interface TestedHandlers {
  /** Handles a record as often as the consumer would; resolves with what it became. */
  handle(event: Handled, options?: { readonly tries?: number }): Promise<'done' | Error>
  readonly emitted: readonly ReceivedWebhook[]
  readonly notices: readonly Notice[]
  readonly runs: readonly (readonly [string, Outcome])[]
  /** Empties these lists. */
  forget(): void
}

export interface TestedOptions {
  readonly group?: string
  readonly timeoutMs?: number
  readonly front?: FrontClient
  /** Rejects what it is told of. */
  readonly refuse?: (value: unknown) => Error | undefined
}

/** `files`: what each file does when it is loaded, by its name. */
export async function handlersOf(
  files: Readonly<Record<string, () => unknown>>,
  { group = 'handlers', timeoutMs = 5_000, front, refuse }: TestedOptions = {},
): Promise<TestedHandlers> {
  const emitted: ReceivedWebhook[] = []
  const notices: Notice[] = []
  const runs: [string, Outcome][] = []
  const found = []
  for (const [file, load] of Object.entries(files)) found.push(...(await collectHandlers(file, async () => load())))
  const handle = createHandling({
    ...{ registrations: withUniqueNames(found), group, timeoutMs },
    kafka: {
      async send(topic, _key, value) {
        const refused = refuse?.(value)
        if (refused !== undefined) throw refused
        if (topic.name === topics.received.name) emitted.push(value as unknown as ReceivedWebhook)
        else notices.push(value as unknown as Notice)
        return { topic: topic.name, partition: 0, offset: 0n, id: `${topic.name}-0-0` }
      },
    },
    frontOf: () => front,
    logFor: () => quietLog,
    onRun: (handler, outcome) => runs.push([handler, outcome]),
    onEmitted: () => {},
  })
  return {
    emitted,
    notices,
    runs,
    forget() {
      for (const list of [emitted, notices, runs]) list.length = 0
    },
    async handle(event, { tries = 5 } = {}) {
      const record = recordOf(event)
      for (let attempt = 1; ; attempt++) {
        try {
          await handle(record, { signal: new AbortController().signal, attempt })
          return 'done'
        } catch (error) {
          const { kind } = classify(error)
          const isRetried = kind === 'transient' || kind === 'throttled'
          if (!isRetried || attempt === tries) return error as Error
        }
      }
    },
  }
}

export function recordOf(value: Handled): InRecord<Handled> {
  const position = { topic: topics.events.name, partition: 0, offset: 7n, id: `${topics.events.name}-0-7` }
  return { ...position, key: 'acme/cnv_1', value, headers: new Map(), timestamp: 1 }
}

/** The event that dedup makes of this JSON. */
export function eventFrom(json: unknown, provider = 'front'): WebhookEvent {
  const payload = Buffer.from(JSON.stringify(json))
  const description = describePayload(provider, json)
  const identity = nameEvent({ provider, description, headers: {}, bytes: payload, batchIndex: 0 })
  return {
    event_id: eventIdOf(identity, 1),
    identity: identity.kind,
    ...{ tenant: 'acme', account: 'acme-front', provider, source: provider, origin: 'webhook' },
    type: description.type,
    priority: description.priority,
    provider_type: description.providerType,
    completeness: description.completeness,
    occurred_at: description.occurredAt ?? 1,
    received_at: 1,
    webhook_id: '018f0000-0000-7000-8000-000000000000',
    conversation_id: description.conversationId,
    contact_id: description.contactId,
    client_id: description.clientId,
    received_position: `${topics.received.name}-0-7`,
    reply_to: null,
    content_type: 'application/json',
    payload,
  }
}

/** A customer's message, with its text. */
export function messageEvent(text = 'Hello', id = `evt_${randomBytes(6).toString('hex')}`): WebhookEvent {
  return eventFrom({
    type: 'inbound_received',
    payload: {
      ...{ id, type: 'inbound', emitted_at: 1_700_000_000 },
      conversation: { id: 'cnv_1', subject: 'A question', status: 'unassigned', assignee: null, tags: [] },
      target: { _meta: { type: 'message' }, data: { id: 'msg_1', type: 'email', is_inbound: true, text, body: text } },
    },
  })
}

export function replayOf(event: WebhookEvent, replay: Partial<EventReplay> = {}): EventReplay {
  return replayValue(event, { replay_id: 'replay-1', run_id: 'run-1', target: 'handlers', ...replay })
}

/** The body of an emitted event. */
export function bodyOf({ payload }: ReceivedWebhook) {
  return JSON.parse(payload.toString()) as {
    readonly id: string
    readonly type: string
    readonly data: unknown
    readonly conversation_id: string | null
    readonly caused_by: string
  }
}

import { readFileSync } from 'node:fs'
import { describePayload, type EventOwner } from '@millrace/domain'
import type { WebhookEvent } from '@millrace/schemas'
import { eventValue, type FixtureName, fixture } from '@millrace/test-support'

const owner: EventOwner = { tenant: 'default', account: 'default', provider: 'make' }

/** 2026-03-01T12:00:00Z. */
export const RECEIVED_AT = 1_772_366_400_000

/** A file of this service's `test/golden/`. */
export function golden(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8'))
}

/** A published sample. */
export function sample(name: FixtureName): Record<string, unknown> {
  return JSON.parse(fixture(name).toString('utf8'))
}

/** The sample of Make's scenario, and a task with every kind of custom field. */
export const makeBody = sample('make/get_client_knowledge_graph.request.json')
export const richBody = golden('rich-task.request.json')

/** The event that dedup would make of a body that Make posts. */
export function eventOf(body: unknown, changes: Partial<WebhookEvent> = {}): WebhookEvent {
  const description = describePayload('make', body)
  return eventValue({
    ...owner,
    event_id: 'key-1',
    identity: 'idempotency-key',
    source: 'make-chatgpt-clients',
    type: description.type,
    priority: description.priority,
    provider_type: description.providerType,
    occurred_at: description.occurredAt ?? RECEIVED_AT,
    received_at: RECEIVED_AT,
    webhook_id: '019cb8b1-7400-7000-8000-000000000001',
    conversation_id: null,
    client_id: description.clientId,
    payload: Buffer.from(JSON.stringify(body)),
    ...changes,
  })
}

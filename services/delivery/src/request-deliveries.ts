import {
  endpointsFor,
  headersFor,
  type OutboundForm,
  outboundPayload,
  type ReadEvent,
  readEvent,
  topicKey,
  uuidv5,
} from '@millrace/domain'
import { type InRecord, type Kafka, type OutRecord, output, type RunningTransform, type Table } from '@millrace/kafka'
import { type Delivery, type DeliveryPreview, type Endpoint, topics, type WebhookEvent } from '@millrace/schemas'
import type { EndpointDirectory } from './endpoint-directory.ts'
import type { NumberDeliveries } from './number-deliveries.ts'
import type { Settled } from './settled.ts'

/** Namespace of delivery ids; fixed for ever, since receivers drop repeats by them. */
const DELIVERY_NAMESPACE = 'b1f0a2d4-5f0e-4a6b-9c2b-7d0f6a3c9e51'

export const REQUEST_GROUP = 'delivery-request'

export interface RequestParts {
  readonly kafka: Kafka
  readonly table: Table<Endpoint>
  readonly endpoints: EndpointDirectory
  readonly number: NumberDeliveries
  /** Told of deliveries that will never be requested, since their event is a dead letter: nobody is to wait for them. */
  readonly settled?: Pick<Settled, 'settle'>
}

/** Events into deliveries, one for each endpoint that wants the event, exactly once. */
export function startRequests({
  kafka,
  table,
  endpoints,
  number,
  settled,
}: RequestParts): RunningTransform<WebhookEvent> {
  return kafka.transform({
    group: REQUEST_GROUP,
    from: [topics.events],
    tables: [table],
    beforeDeadLetter: async (records) => {
      for (const record of records) {
        for (const { delivery_id, tenant } of requestsOf(record, endpoints)) await settled?.settle(tenant, delivery_id)
      }
    },
    apply: async (batch) => ({
      outputs: await number(
        batch,
        batch.records.flatMap((record) => deliveriesFor(record, endpoints, Date.now())),
      ),
    }),
  })
}

/** What an event would have requested; nothing where that is just what fails. */
function requestsOf(record: InRecord<WebhookEvent>, endpoints: EndpointDirectory): Delivery[] {
  try {
    return deliveriesFor(record, endpoints, 0).map(({ value }) => value as Delivery)
  } catch {
    return []
  }
}

/** The deliveries of one event. `now`: epoch milliseconds. */
export function deliveriesFor(
  record: InRecord<WebhookEvent>,
  endpoints: Pick<EndpointDirectory, 'about' | 'wantsNothing'>,
  now: number,
): OutRecord<unknown>[] {
  return record.value === null ? [] : deliveriesOf(record.value, record, endpoints, now)
}

/** The same of an event that no record of `webhooks.events` holds; `cause` is the record that made it known. */
export function deliveriesOf(
  event: WebhookEvent,
  cause: InRecord<unknown>,
  endpoints: Pick<EndpointDirectory, 'about' | 'wantsNothing'>,
  now: number,
): OutRecord<unknown>[] {
  const possible = [...endpoints.about(event)]
  if (possible.length === 0) return []
  const read = readEvent(event)
  const bodyOf = bodiesOf(read)
  const headers = headersFor(event)
  // A config that wants nothing is a pause, like a disabled one: nothing less specific stands in for it.
  const wanting = endpointsFor(possible, read).filter(({ endpoint }) => !endpoints.wantsNothing(endpoint))
  return wanting.map(({ endpoint, isCertain }) =>
    output({
      topic: topics.requested,
      key: topicKey(endpoint.tenant, endpoint.endpoint_id),
      value: deliveryOf(event, endpoint, {
        now,
        body: bodyOf(endpoint),
        preview: isCertain && read.facts.isWhole ? null : previewOf(event),
      }),
      headers,
      cause,
    }),
  )
}

/** The bodies of one event; endpoints that have it in the same form share the bytes. */
function bodiesOf(read: ReadEvent): (form: OutboundForm) => Buffer {
  const made = new Map<string, Buffer>()
  return ({ ids, payload, workflow_id, usecase }) => {
    const form = JSON.stringify([ids, payload, workflow_id, usecase])
    const body =
      made.get(form) ?? Buffer.from(JSON.stringify(outboundPayload(read, { ids, payload, workflow_id, usecase })))
    made.set(form, body)
    return body
  }
}

function previewOf({ account, provider, occurred_at, contact_id, client_id, payload }: WebhookEvent): DeliveryPreview {
  return { account, provider, occurred_at, contact_id, client_id, payload }
}

interface DeliveryContent {
  readonly now: number
  readonly body: Buffer
  readonly preview: DeliveryPreview | null
}

function deliveryOf(event: WebhookEvent, endpoint: Endpoint, { now, body, preview }: DeliveryContent): Delivery {
  return {
    tenant: event.tenant,
    delivery_id: deliveryId(event.tenant, endpoint.endpoint_id, event),
    endpoint_id: endpoint.endpoint_id,
    event_id: event.event_id,
    event_type: event.type,
    conversation_id: event.conversation_id,
    requested_at: now,
    attempts: 0,
    not_before: 0,
    due_at: 0,
    waiting_for: '',
    first_requested_at: 0,
    run_id: '',
    sequence: 0,
    predecessor_id: null,
    preview,
    body,
  }
}

/**
 * The `webhook-id` of one event for one endpoint: the same whenever it is computed, no dot in it (a dot separates the parts of what is signed).
 * An event id is unique within account and provider only, so these count too.
 */
export function deliveryId(
  tenant: string,
  endpointId: string,
  event: Pick<WebhookEvent, 'account' | 'provider' | 'event_id' | 'type'>,
): string {
  const parts = [tenant, endpointId, event.account, event.provider, event.event_id]
  // A message is processed by the event that it was received by: one event, two webhooks.
  const name = JSON.stringify(event.type === 'message.processed' ? [...parts, event.type] : parts)
  return `msg_${uuidv5(DELIVERY_NAMESPACE, name)}`
}

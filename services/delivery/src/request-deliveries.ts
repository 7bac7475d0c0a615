import { headersFor, matchesEndpoint, outboundMessage, topicKey, uuidv5 } from '@millrace/domain'
import { type InRecord, type Kafka, type OutRecord, output, type RunningTransform, type Table } from '@millrace/kafka'
import { type Delivery, type Endpoint, topics, type WebhookEvent } from '@millrace/schemas'
import type { EndpointDirectory } from './endpoint-directory.ts'

/** Namespace of delivery ids; fixed for ever, since receivers drop repeats by them. */
const DELIVERY_NAMESPACE = 'b1f0a2d4-5f0e-4a6b-9c2b-7d0f6a3c9e51'

export interface RequestParts {
  readonly kafka: Kafka
  readonly table: Table<Endpoint>
  readonly endpoints: EndpointDirectory
}

/** Events into deliveries, one for each endpoint that wants the event, exactly once. */
export function startRequests({ kafka, table, endpoints }: RequestParts): RunningTransform<WebhookEvent> {
  return kafka.transform({
    group: 'delivery-request',
    from: [topics.events],
    tables: [table],
    apply: async ({ records }) => ({
      outputs: records.flatMap((record) => deliveriesFor(record, endpoints, Date.now())),
    }),
  })
}

/** The deliveries of one event. `now`: epoch milliseconds. */
export function deliveriesFor(
  record: InRecord<WebhookEvent>,
  endpoints: Pick<EndpointDirectory, 'ofTenant'>,
  now: number,
): OutRecord<unknown>[] {
  const event = record.value
  if (event === null) return []
  const wanting = [...endpoints.ofTenant(event.tenant)].filter((endpoint) => matchesEndpoint(endpoint, event))
  if (wanting.length === 0) return []
  const body = Buffer.from(JSON.stringify(outboundMessage(event)))
  const headers = headersFor(event)
  return wanting.map((endpoint) =>
    output({
      topic: topics.requested,
      key: topicKey(endpoint.tenant, endpoint.endpoint_id),
      value: deliveryOf(event, endpoint, body, now),
      headers,
      cause: record,
    }),
  )
}

function deliveryOf(event: WebhookEvent, endpoint: Endpoint, body: Buffer, now: number): Delivery {
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
    sequence: 0,
    predecessor_id: null,
    preview: null,
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
  event: Pick<WebhookEvent, 'account' | 'provider' | 'event_id'>,
): string {
  return `msg_${uuidv5(DELIVERY_NAMESPACE, JSON.stringify([tenant, endpointId, event.account, event.provider, event.event_id]))}`
}

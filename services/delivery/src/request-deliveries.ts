import {
  aboutOf,
  endpointsFor,
  eventOfReplay,
  headersFor,
  isReplay,
  isReplayFor,
  newDelivery,
  type OutboundForm,
  outboundPayload,
  type ReadEvent,
  readEvent,
  topicKey,
  uuidv5,
} from '@millrace/domain'
import {
  type InRecord,
  type Kafka,
  type OutRecord,
  output,
  permanent,
  type RunningTransform,
  type Table,
  transient,
} from '@millrace/kafka'
import {
  type Delivery,
  type DeliveryPreview,
  type Endpoint,
  type EventReplay,
  type Topic,
  topics,
  type WebhookEvent,
} from '@millrace/schemas'
import { REPLAY_HEADER, RUN_HEADER, runName } from './delivery-run.ts'
import type { EndpointDirectory } from './endpoint-directory.ts'
import type { NumberDeliveries } from './number-deliveries.ts'
import type { Settled } from './settled.ts'

/** Namespace of delivery ids; fixed for ever, since receivers drop repeats by them. */
const DELIVERY_NAMESPACE = 'b1f0a2d4-5f0e-4a6b-9c2b-7d0f6a3c9e51'

export const REQUEST_GROUP = 'delivery-request'

/** What the group reads; values are told apart by their fields. */
type Requesting = WebhookEvent | EventReplay
const sources = [topics.events, topics.replays] as unknown as readonly Topic<Requesting>[]

/** An endpoint that was saved just before the replay is read within this. */
const ENDPOINT_READ_MS = 30_000

export interface RequestParts {
  readonly kafka: Kafka
  readonly table: Table<Endpoint>
  readonly endpoints: EndpointDirectory
  readonly number: NumberDeliveries
  /** Told of deliveries that will never be requested, since their event is a dead letter: nobody is to wait for them. */
  readonly settled?: Pick<Settled, 'settle'>
}

/** Events into deliveries, one for each endpoint that wants the event, exactly once; and replays of events into deliveries once more. */
export function startRequests({
  kafka,
  table,
  endpoints,
  number,
  settled,
}: RequestParts): RunningTransform<Requesting> {
  return kafka.transform<Requesting>({
    group: REQUEST_GROUP,
    from: sources,
    tables: [table],
    beforeDeadLetter: async (records) => {
      for (const record of records) {
        for (const delivery of requestsOf(record, endpoints)) await settled?.settle(delivery.tenant, runName(delivery))
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
function requestsOf(record: InRecord<Requesting>, endpoints: EndpointDirectory): Delivery[] {
  try {
    return deliveriesFor(record, endpoints, 0).map(({ value }) => value as Delivery)
  } catch {
    return []
  }
}

/**
 * The deliveries of one event, or of one replay. `now`: epoch milliseconds.
 * @throws KafkaError `MR_KAFKA_TRANSIENT` while a replay's endpoint has not been read; after half a minute, and once it was removed, a permanent one
 */
export function deliveriesFor(
  record: InRecord<Requesting>,
  endpoints: Pick<EndpointDirectory, 'about' | 'find' | 'wantsNothing'>,
  now: number,
): OutRecord<unknown>[] {
  const { value } = record
  if (value === null) return []
  return isReplay(value)
    ? deliveriesOfReplay(value, record, endpoints, now)
    : deliveriesOf(value, { cause: record, endpoints, now })
}

/** A replay is for one endpoint, or for all that want its event when it names this group. */
function deliveriesOfReplay(
  replay: EventReplay,
  cause: InRecord<unknown>,
  endpoints: Pick<EndpointDirectory, 'about' | 'find' | 'wantsNothing'>,
  now: number,
): OutRecord<unknown>[] {
  const isForOne = replay.target_kind === 'endpoint'
  if (!isForOne && !isReplayFor(replay, REQUEST_GROUP)) return []
  if (isForOne) requireEndpoint(replay, endpoints, cause.timestamp, now)
  const to = isForOne ? replay.target : undefined
  return deliveriesOf(eventOfReplay(replay), { cause, endpoints, now, replay, to })
}

function requireEndpoint(
  { tenant, target, event_id }: EventReplay,
  endpoints: Pick<EndpointDirectory, 'find'>,
  writtenAt: number,
  now: number,
): void {
  const known = endpoints.find(topicKey(tenant, target))
  if (known === 'unknown' && now - writtenAt < ENDPOINT_READ_MS) throw transient(`endpoint ${target} has not been read`)
  if (typeof known === 'string')
    throw permanent('MR_DELIVERY_ENDPOINT_REMOVED', `event ${event_id} was replayed to ${target}, which is ${known}`)
}

export interface DeliveriesOptions {
  /** The record that made the event known. */
  readonly cause: InRecord<unknown>
  readonly endpoints: Pick<EndpointDirectory, 'about' | 'wantsNothing'>
  /** Epoch milliseconds. */
  readonly now: number
  /** What asked for the event to be delivered once more. */
  readonly replay?: EventReplay
  /** Only to this endpoint. */
  readonly to?: string | undefined
}

/** The deliveries of an event, whichever record holds it. */
export function deliveriesOf(
  event: WebhookEvent,
  { cause, endpoints, now, replay, to }: DeliveriesOptions,
): OutRecord<unknown>[] {
  const possible = [...endpoints.about(event)]
  if (possible.length === 0) return []
  const read = readEvent(event)
  const bodyOf = bodiesOf(read)
  const headers = { ...headersFor(event), ...runHeaders(replay) }
  // A config that wants nothing is a pause, like a disabled one: nothing less specific stands in for it.
  const wanting = endpointsFor(possible, read).filter(
    ({ endpoint }) => !endpoints.wantsNothing(endpoint) && (to === undefined || endpoint.endpoint_id === to),
  )
  return wanting.map(({ endpoint, isCertain }) =>
    output({
      topic: topics.requested,
      key: topicKey(endpoint.tenant, endpoint.endpoint_id),
      value: deliveryOf(event, endpoint, {
        now,
        body: bodyOf(endpoint),
        preview: isCertain && read.facts.isWhole ? null : previewOf(event),
        replay,
      }),
      headers,
      cause,
    }),
  )
}

function runHeaders(replay: EventReplay | undefined): Record<string, string> {
  return replay === undefined ? {} : { [REPLAY_HEADER]: replay.replay_id, [RUN_HEADER]: replay.run_id }
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
  readonly replay: EventReplay | undefined
}

function deliveryOf(
  event: WebhookEvent,
  endpoint: Endpoint,
  { now, body, preview, replay }: DeliveryContent,
): Delivery {
  const newId = replay === undefined || replay.keeps_ids ? '' : replay.run_id
  const about = {
    tenant: event.tenant,
    delivery_id: deliveryId(event.tenant, endpoint.endpoint_id, event, newId),
    endpoint_id: endpoint.endpoint_id,
    event_id: event.event_id,
    about_id: aboutOf(event),
    event_type: event.type,
    conversation_id: event.conversation_id,
  }
  return { ...newDelivery({ ...about, body }, now), run_id: replay?.run_id ?? '', preview }
}

/**
 * The `webhook-id` of one event for one endpoint: the same whenever it is computed, no dot in it (a dot separates the parts of what is signed).
 * An event id is unique within account and provider only, so these count too.
 * @param run the run of a replay whose deliveries have an id of their own; empty for every other
 */
export function deliveryId(
  tenant: string,
  endpointId: string,
  event: Pick<WebhookEvent, 'account' | 'provider' | 'event_id' | 'type'>,
  run = '',
): string {
  const parts = [tenant, endpointId, event.account, event.provider, event.event_id]
  // A message is processed by the event that it was received by: one event, two webhooks.
  const named = event.type === 'message.processed' ? [...parts, event.type] : parts
  return `msg_${uuidv5(DELIVERY_NAMESPACE, JSON.stringify(run === '' ? named : [...named, run]))}`
}

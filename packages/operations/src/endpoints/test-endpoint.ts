import { newDelivery, uuidv7 } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { type Attempt, type Delivery, type Endpoint, topics } from '@millrace/schemas'
import { OperationsError } from '../errors.ts'
import { keyOf } from './endpoint-records.ts'

/** The longest time of a try, and what goes before and after it. */
export const TEST_WITHIN_MS = 45_000

/**
 * One delivery (type `endpoint.test`) through the whole delivery service, as every other goes; resolves with its first try.
 * @throws OperationsError `MR_OPERATIONS_NO_ATTEMPT` when none comes in 45 s, `MR_OPERATIONS_CONFLICT` for an endpoint that takes approved responses only
 */
export async function testEndpoint(kafka: Kafka, endpoint: Endpoint, signal: AbortSignal): Promise<Attempt> {
  if (endpoint.kind === 'response')
    throw new OperationsError('MR_OPERATIONS_CONFLICT', 'it gets nothing but what somebody approved for it')
  const delivery = testDelivery(endpoint, Date.now())
  const stop = AbortSignal.any([signal, AbortSignal.timeout(TEST_WITHIN_MS)])
  // Known before it is asked for: a try may be over sooner than a reader has begun.
  const from = Array.from(await kafka.ends(topics.attempts), ([partition, offset]) => ({
    topic: topics.attempts.name,
    partition,
    offset,
  }))
  await kafka.send(topics.requested, keyOf(endpoint), delivery)
  for await (const { records } of kafka.readBatches([topics.attempts], { from, signal: stop })) {
    for (const record of records) {
      const attempt = kafka.decode(topics.attempts, record)
      if (attempt?.delivery_id === delivery.delivery_id) return attempt
    }
  }
  const text = `no try within ${TEST_WITHIN_MS / 1_000} s: is the delivery service running?`
  throw new OperationsError('MR_OPERATIONS_NO_ATTEMPT', text)
}

function testDelivery(endpoint: Endpoint, now: number): Delivery {
  const id = uuidv7()
  const payload = { endpoint_id: endpoint.endpoint_id, note: 'A test that somebody asked for.' }
  const data = { event_id: id, conversation_id: null, contact_id: null, client_id: null, payload }
  const body = { type: 'endpoint.test', timestamp: new Date(now).toISOString(), data }
  return newDelivery(
    {
      ...{ tenant: endpoint.tenant, endpoint_id: endpoint.endpoint_id, conversation_id: null },
      ...{
        delivery_id: `msg_${id}`,
        event_id: id,
        event_type: 'endpoint.test',
        body: Buffer.from(JSON.stringify(body)),
      },
    },
    now,
  )
}

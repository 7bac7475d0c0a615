import { approvedFor, newDelivery, newEndpoint, type sendWebhookResponse, uuidv5 } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { type EndpointStore, keyOf, newSecretOf, OperationsError, sealedSecret } from '@millrace/operations'
import { type Endpoint, topics } from '@millrace/schemas'
import { type SecretKeys, seal } from '@millrace/signing'
import type { z } from 'zod'
import type { Executor } from './execute.ts'

export interface SendResponseParts {
  readonly kafka: Kafka
  readonly store: EndpointStore
  readonly keys: () => SecretKeys
}

/** Namespaces of ids that must be the same whenever an approval is executed again. */
const ENDPOINT_NAMESPACE = '6f0b6d0a-54a5-5a0b-9a30-5f6f3b1c8d21'
const DELIVERY_NAMESPACE = '0d9c7a52-1e6e-5f0d-8a44-7b9e2f6c3a10'

/** As the action gave it, and as it was approved. */
type Response = z.output<typeof sendWebhookResponse.output>

/**
 * Hands an approved response to the delivery service: one delivery of exactly the approved bytes, with a proof that they are, to the target's own
 * endpoint, by the rules of every delivery (addresses, limits, retries, signature, attempts). Done twice it is the same `webhook-id`.
 */
export function responseSender({ kafka, store, keys }: SendResponseParts): Executor {
  return async ({ approval, params }) => {
    const response = params as Response
    const endpoint = await targetOf(store, approval.tenant, response.target, keys())
    const delivery = newDelivery(
      {
        tenant: endpoint.tenant,
        delivery_id: `msg_${uuidv5(DELIVERY_NAMESPACE, approval.id)}`,
        endpoint_id: endpoint.endpoint_id,
        event_id: approval.id,
        event_type: `response.${response.response_type}`,
        conversation_id: null,
        body: Buffer.from(response.payload),
      },
      Date.now(),
    )
    const proof = seal(approval.id, keys(), approvedFor(delivery, endpoint.url))
    await kafka.send(topics.requested, keyOf(endpoint), { ...delivery, approval: proof })
    return { endpoint_id: endpoint.endpoint_id, delivery_id: delivery.delivery_id }
  }
}

/** One endpoint for each URL that responses go to, so that limits, breaker and attempts are its own. Its receiver verifies by the public key. */
async function targetOf(store: EndpointStore, tenant: string, url: string, keys: SecretKeys): Promise<Endpoint> {
  const me = { tenant, endpoint_id: `rsp_${uuidv5(ENDPOINT_NAMESPACE, JSON.stringify([tenant, url]))}` }
  const known = (await store.all()).get(keyOf(me))
  if (known !== undefined) {
    if (!known.is_enabled) throw new OperationsError('MR_OPERATIONS_CONFLICT', `endpoint ${me.endpoint_id} is disabled`)
    return known
  }
  const now = Date.now()
  const endpoint: Endpoint = {
    ...newEndpoint({ ...me, url }, now),
    kind: 'response',
    description: 'Approved responses.',
    secrets: [sealedSecret(me, newSecretOf('v1a'), keys, now)],
  }
  await store.write(endpoint)
  return endpoint
}

import { topicKey } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { type Endpoint, type EndpointState, topics } from '@millrace/schemas'
import { OperationsError } from '../errors.ts'
import { readTable } from '../read-records.ts'
import { writeRecord } from '../write-record.ts'

/** Whose endpoint: an id is unique within its tenant; without one the tenant is not asked for. */
export interface EndpointRef {
  readonly tenant?: string | undefined
  readonly id: string
}

/** All endpoints as configured, by record key. */
export function readEndpoints(kafka: Kafka): Promise<Map<string, Endpoint>> {
  return readTable(kafka, topics.endpoints)
}

/** What deliveries have learnt of endpoints, by record key. */
export function readEndpointStates(kafka: Kafka): Promise<Map<string, EndpointState>> {
  return readTable(kafka, topics.endpointStates)
}

/** The endpoint of an id. @throws OperationsError `MR_OPERATIONS_NOT_FOUND` */
export async function findEndpoint(kafka: Kafka, ref: EndpointRef): Promise<Endpoint> {
  return endpointIn(await readEndpoints(kafka), ref)
}

/** The endpoint of an id among those of a topic, by record key. @throws OperationsError `MR_OPERATIONS_NOT_FOUND` */
export function endpointIn(endpoints: ReadonlyMap<string, Endpoint>, { id, tenant }: EndpointRef): Endpoint {
  const found =
    tenant === undefined
      ? [...endpoints.values()].find(({ endpoint_id }) => endpoint_id === id)
      : endpoints.get(topicKey(tenant, id))
  if (found !== undefined) return found
  throw new OperationsError('MR_OPERATIONS_NOT_FOUND', `there is no endpoint ${id}`)
}

export function keyOf({ tenant, endpoint_id }: Pick<Endpoint, 'tenant' | 'endpoint_id'>): string {
  return topicKey(tenant, endpoint_id)
}

/** Writes an endpoint as it is to be. */
export function writeEndpoint(kafka: Kafka, endpoint: Endpoint): Promise<void> {
  return writeRecord(kafka, topics.endpoints, keyOf(endpoint), endpoint)
}

/** Removes an endpoint; what is on its way to it is dropped. */
export function eraseEndpoint(kafka: Kafka, endpoint: Pick<Endpoint, 'tenant' | 'endpoint_id'>): Promise<void> {
  return writeRecord(kafka, topics.endpoints, keyOf(endpoint), null)
}

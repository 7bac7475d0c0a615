import type { Kafka } from '@millrace/kafka'
import { type Endpoint, type EndpointState, type Topic, topics } from '@millrace/schemas'
import { CliError } from './errors.ts'
import { readToEnd, requireTopic } from './read-records.ts'
import { writeRecord } from './write-record.ts'

/** All endpoints as configured, by record key. */
export function readEndpoints(kafka: Kafka): Promise<Map<string, Endpoint>> {
  return readTable(kafka, topics.endpoints)
}

/** What deliveries have learnt of endpoints, by record key. */
export function readEndpointStates(kafka: Kafka): Promise<Map<string, EndpointState>> {
  return readTable(kafka, topics.endpointStates)
}

async function readTable<V>(kafka: Kafka, topic: Topic<V>): Promise<Map<string, V>> {
  await requireTopic(kafka, topic as Topic<unknown>)
  const found = new Map<string, V>()
  for await (const record of readToEnd(kafka, topic as Topic<unknown>)) {
    const value = kafka.decode(topic, record)
    if (record.key === null) continue
    if (value === null) found.delete(record.key)
    else found.set(record.key, value)
  }
  return found
}

/** The endpoint of an id and its record key. @throws CliError `MR_CLI_NOT_FOUND` */
export async function findEndpoint(
  kafka: Kafka,
  id: string,
  tenant?: string,
): Promise<{ readonly key: string; readonly endpoint: Endpoint }> {
  for (const [key, endpoint] of await readEndpoints(kafka))
    if (endpoint.endpoint_id === id && (tenant === undefined || endpoint.tenant === tenant)) return { key, endpoint }
  throw new CliError('MR_CLI_NOT_FOUND', `there is no endpoint ${id}`)
}

/** Writes an endpoint, or removes it with null. */
export function writeEndpoint(kafka: Kafka, key: string, endpoint: Endpoint | null): Promise<void> {
  return writeRecord(kafka, topics.endpoints, key, endpoint)
}

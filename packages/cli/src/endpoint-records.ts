import type { Kafka } from '@millrace/kafka'
import { type Endpoint, topics } from '@millrace/schemas'
import { CliError } from './errors.ts'
import { readToEnd, requireTopic } from './read-records.ts'
import { writeRecord } from './write-record.ts'

/** All endpoints as configured, by record key. */
export async function readEndpoints(kafka: Kafka): Promise<Map<string, Endpoint>> {
  const { endpoints } = topics
  await requireTopic(kafka, endpoints)
  const found = new Map<string, Endpoint>()
  for await (const record of readToEnd(kafka, endpoints)) {
    const endpoint = kafka.decode(endpoints, record)
    if (record.key === null) continue
    if (endpoint === null) found.delete(record.key)
    else found.set(record.key, endpoint)
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

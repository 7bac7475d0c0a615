import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from '@millrace/kafka'
import { type Endpoint, topics } from '@millrace/schemas'
import { readToEnd, requireTopic } from './read-records.ts'

const WRITE_WITHIN_MS = 8_000
const PAUSE_MS = 250

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

/** Writes an endpoint, or removes it with null. Written twice it is the same, so a write whose answer was lost is repeated. */
export async function writeEndpoint(kafka: Kafka, key: string, endpoint: Endpoint | null): Promise<void> {
  await requireTopic(kafka, topics.endpoints)
  const end = Date.now() + WRITE_WITHIN_MS
  for (;;) {
    try {
      await kafka.send(topics.endpoints, key, endpoint)
      return
    } catch (error) {
      if ((error as { retryable?: unknown }).retryable !== true || Date.now() > end) throw error
      await sleep(PAUSE_MS)
    }
  }
}

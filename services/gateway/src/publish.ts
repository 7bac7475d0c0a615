import type { Kafka } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import type { ReceivedRecord } from './received-webhooks.ts'

/**
 * Stores the records; resolves with the number of them once every one is in all in-sync replicas. When one fails, the request must not be
 * acknowledged: the sender's retry doubles those that were stored, and dedup drops the doubles.
 * @throws KafkaError the first failure, after all have settled
 */
export async function publish(kafka: Pick<Kafka, 'send'>, records: readonly ReceivedRecord[]): Promise<number> {
  const results = await Promise.allSettled(
    records.map(({ key, value, headers }) => kafka.send(topics.received, key, value, { headers })),
  )
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return results.length
}

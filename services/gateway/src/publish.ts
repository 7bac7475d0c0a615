import type { Kafka, Sent } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import type { ReceivedRecord } from './received-webhooks.ts'

/**
 * Stores the records; resolves with their places once every one is in all in-sync replicas, or is about whom was erased. When one fails, the request must not be
 * acknowledged: the sender's retry doubles those that were stored, and dedup drops the doubles.
 * @throws KafkaError the first failure, after all have settled
 */
export function publish(kafka: Pick<Kafka, 'send'>, records: readonly ReceivedRecord[]): Promise<readonly Sent[]> {
  const send = ({ key, value, headers }: ReceivedRecord) => kafka.send(topics.received, key, value, { headers })
  const [only] = records
  if (only !== undefined && records.length === 1) return send(only).then((sent) => [sent])
  return Promise.allSettled(records.map(send)).then((results) =>
    results.map((result) => {
      if (result.status === 'rejected') throw result.reason
      return result.value
    }),
  )
}

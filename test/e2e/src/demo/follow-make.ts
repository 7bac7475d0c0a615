import type { Kafka } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import { type Account, counted, place } from './account.ts'
import type { Posted } from './post-sample.ts'
import { watchTopic } from './watch-topic.ts'

/** Notes where the knowledge topics end now; what it gives follows one Make request, once that has been answered. */
export async function prepareMake(
  kafka: Kafka,
  deadlineMs: number,
): Promise<(posted: Posted, account: Account) => Promise<void>> {
  const extractions = await watchTopic(kafka, topics.extractions)
  const nodes = await watchTopic(kafka, topics.nodes)
  return async (posted, account) => {
    const clientId = posted.sample.clientId ?? ''
    const first = nodes.first((value) => value.client_ids.includes(clientId), deadlineMs)
    first.catch(() => {})
    const extraction = await extractions.first((value) => value.client_id === clientId, deadlineMs)
    const { node_ids, relationship_ids } = extraction.value
    account.hop(
      extraction.record.timestamp,
      place(extraction.record),
      `${counted(node_ids.length, 'node')}, ${counted(relationship_ids.length, 'relationship')}`,
    )
    account.answered(posted, 'with the graph')
    const node = await first
    account.hop(node.record.timestamp, place(node.record), `first of them: ${node.value.type} "${node.value.label}"`)
  }
}

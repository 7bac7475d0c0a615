import { DEDUP_WINDOW_MS } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { readToEnd, requireTopic } from '@millrace/operations'
import { type Topic, topics } from '@millrace/schemas'
import type { Source } from '@millrace/service-kit'
import type { Terminal } from './command.ts'

const DAY_MS = 86_400_000
/** Claims that are about to end are looked up here as well. */
const CLAIMED_FOR_MS = DEDUP_WINDOW_MS - DAY_MS
const PROGRESS_EVERY = 5_000

/**
 * The ids of the account's events that dedup has forgotten by now, so that whoever brings them again must pass them over. Empty where `since` lies
 * within the time that dedup knows. About 100 bytes each are held.
 * @throws OperationsError `MR_OPERATIONS_TOPIC_MISSING`
 */
export async function forgottenEvents(
  kafka: Kafka,
  { tenant, account }: Pick<Source, 'tenant' | 'account'>,
  since: number,
  { signal, progress }: Pick<Terminal, 'signal' | 'progress'>,
): Promise<ReadonlySet<string>> {
  const forgottenBefore = Date.now() - CLAIMED_FOR_MS
  const ids = new Set<string>()
  if (since > forgottenBefore) return ids
  const topic = topics.events as Topic<unknown>
  await requireTopic(kafka, topic)
  let read = 0
  for await (const record of readToEnd(kafka, topic, signal)) {
    if (++read % PROGRESS_EVERY === 0) progress?.(`looking up what is known: ${read} events`)
    const event = kafka.decode(topics.events, record)
    if (event?.tenant !== tenant || event.account !== account || event.provider !== 'front') continue
    if (event.received_at < forgottenBefore) ids.add(event.event_id)
  }
  progress?.('')
  return ids
}

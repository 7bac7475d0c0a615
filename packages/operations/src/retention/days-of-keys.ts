import type { Kafka } from '@millrace/kafka'
import { personalTopics, SEGMENT_MS } from '../erasure/expiry.ts'

const DAY_MS = 86_400_000
/** Beyond all that is known to hold a record: for copies that were put back by hand, and clocks. */
const MARGIN_DAYS = 30

/**
 * Days after which no record can be there any more that a key of a day encrypted, by what the brokers keep: a record may stay a segment's time longer than
 * its topic's retention, and may have become a dead letter at its last moment, which is kept once more. Undefined where a topic keeps records for ever.
 * @param rowDays for how many days rows of the ledger are kept
 */
export async function daysOfKeys(
  kafka: Pick<Kafka, 'kept'>,
  rowDays: number,
  now: number,
): Promise<number | undefined> {
  let longest = 0
  for (const topic of personalTopics()) {
    if (topic.cleanup === 'compact') continue
    const kept = await kafka.kept(topic, now)
    if (kept !== undefined && kept.retentionMs === undefined) return undefined
    const { retentionMs = 0, segmentMs } = kept ?? { retentionMs: topic.retentionMs, segmentMs: SEGMENT_MS }
    longest = Math.max(longest, retentionMs + segmentMs)
  }
  return Math.max(Math.ceil((2 * longest) / DAY_MS), rowDays) + MARGIN_DAYS
}

import { z } from 'zod'
import { count, pageOf, paging, time } from './common.ts'

/** One dead-letter topic that holds something of the tenant. */
export const deadLetterTopicState = z
  .object({
    topic: z.string().describe('The dead-letter topic.'),
    source_topic: z.string(),
    group: z.string(),
    count: count.describe('Records that were not redriven since.'),
    redriven_count: count,
    oldest_at: time.nullable().describe('Of those not redriven.'),
    newest_at: time.nullable(),
    codes: z
      .array(z.object({ code: z.string(), count }))
      .describe('Of those not redriven, most frequent first, at most 20.'),
  })
  .meta({ id: 'DeadLetterTopic' })

export const deadLetterTopics = z.object({ items: z.array(deadLetterTopicState) }).meta({ id: 'DeadLetterTopics' })

export const deadLetterRecord = z
  .object({
    position: z.string().describe('`topic-partition-offset` in the dead-letter topic.'),
    topic: z.string(),
    group: z.string(),
    source_position: z.string().describe('Where the record came from.'),
    at: time,
    key: z.string().nullable(),
    event_id: z.string().nullable().describe('Null where the record is about no event, or cannot be read.'),
    delivery_id: z.string().nullable(),
    error_code: z.string(),
    error_message: z.string(),
    stack: z.string().describe('Places in the code, without values.'),
    value_bytes: count,
    redriven_at: time.nullable(),
  })
  .meta({ id: 'DeadLetterRecord' })

export const deadLetterParams = z.object({ topic: z.string().min(1).max(249) })

export const deadLettersQuery = z.object({
  code: z.string().max(100).optional(),
  redriven: z.enum(['true', 'false']).default('false').describe('true: those that were redriven, instead.'),
  ...paging,
})

export const deadLetterPage = pageOf(deadLetterRecord).meta({ id: 'DeadLetterPage' })

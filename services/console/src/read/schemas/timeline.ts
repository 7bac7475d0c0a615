import { z } from 'zod'
import { count, time } from './common.ts'
import { eventStatus } from './events.ts'

/** One bar of the waterfall. */
export const timelineSpan = z
  .object({
    id: z.string().describe('Unique within the timeline.'),
    parent_id: z.string().nullable(),
    kind: z
      .enum(['received', 'deduped', 'snapshot', 'graph', 'delivery', 'attempt', 'dead-letter', 'replay'])
      .describe('Hops first; then each delivery with its attempts, each dead letter, each replay.'),
    label: z.string().describe('A line to show, in English.'),
    service: z.string().describe('The service that did it, or is to.'),
    state: z
      .enum(['done', 'waiting', 'failed', 'none'])
      .describe('`waiting`: not yet. `none`: this event has no business at this hop; it has no times then.'),
    started_at: time.nullable(),
    ended_at: time.nullable().describe('Null while it waits.'),
    run_id: z.string().nullable().describe('Of the replay that caused it; null for the first run.'),
    position: z.string().nullable().describe('`topic-partition-offset` of its record, where one is known.'),
    delivery_id: z.string().nullable(),
    endpoint_id: z.string().nullable(),
    attempt: count.nullable().describe('1 for the first try.'),
    status_code: z.number().int().nullable(),
    error_code: z.string().nullable(),
    detail: z.string().nullable().describe('Why it waits or failed, in words.'),
    steps: z
      .array(z.object({ name: z.enum(['dns', 'connect', 'tls', 'first-byte']), us: count }))
      .describe('Of an attempt: microseconds of each step that was taken, in order; else empty.'),
  })
  .meta({ id: 'TimelineSpan' })

export const timeline = z
  .object({
    event_id: z.string(),
    type: z.string(),
    status: eventStatus,
    occurred_at: time.describe('By the provider’s clock.'),
    started_at: time.describe('Of the earliest span.'),
    ended_at: time.nullable().describe('Of the last span; null while something waits.'),
    spans: z.array(timelineSpan).describe('In order of time; parents before their children. At most 500.'),
    is_truncated: z.boolean(),
  })
  .meta({ id: 'Timeline' })

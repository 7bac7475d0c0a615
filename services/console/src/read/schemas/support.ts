import { z } from 'zod'
import { time } from './common.ts'
import { deliveryAttempt, deliverySummary } from './deliveries.ts'
import { eventDetail } from './events.ts'
import { ingestMode } from './operations.ts'
import { timeline } from './timeline.ts'

/** Everything a support case needs of one event, without personal data. */
export const supportPack = z
  .object({
    made_at: time,
    versions: z.object({ millrace: z.string(), node: z.string() }),
    masked: z.array(z.string()).describe('What was masked, and how.'),
    event: eventDetail,
    timeline,
    deliveries: z.array(deliverySummary.extend({ tries: z.array(deliveryAttempt) })).describe('At most 100.'),
    dead_letters: z.array(
      z.object({ topic: z.string(), at: time, error_code: z.string(), error_message: z.string(), stack: z.string() }),
    ),
    configuration: z.object({
      source: z.record(z.string(), z.unknown()).nullable(),
      mode: ingestMode.nullable(),
      endpoints: z
        .array(z.record(z.string(), z.unknown()))
        .describe('Those of the deliveries: no secrets, headers by name, paths of URLs masked.'),
    }),
  })
  .meta({ id: 'SupportPack' })

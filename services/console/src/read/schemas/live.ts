import { z } from 'zod'
import { idText, ledgerState, time } from './common.ts'
import { deliverySummary } from './deliveries.ts'
import { eventFilters, eventSummary } from './events.ts'
import { noticeRow } from './operations.ts'

/** What the stream can carry, each under its own `event:` name. */
export const liveKinds = ['event', 'delivery', 'snapshot', 'node', 'notice', 'resource-updated'] as const
export type LiveKind = (typeof liveKinds)[number]

export const liveSnapshot = z
  .object({
    tenant: z.string(),
    conversation_id: z.string(),
    account: z.string(),
    state: z.string(),
    subject: z.string().nullable(),
    as_of: time,
  })
  .meta({ id: 'LiveSnapshot' })

export const liveNode = z
  .object({
    tenant: z.string(),
    node_id: z.string(),
    type: z.string(),
    label: z.string(),
    client_ids: z.array(z.string()),
    is_gone: z.boolean(),
  })
  .meta({ id: 'LiveNode' })

export const liveGap = z
  .object({
    reason: z
      .enum(['too-old', 'rebuilt', 'unknown'])
      .describe(
        '`too-old`: more came since the reader’s last message than is sent again, or it is kept no longer. `rebuilt`: the ledger was emptied since. `unknown`: the id that it came with is none that was given out.',
      ),
    at: time,
  })
  .meta({ id: 'LiveGap', description: 'Something was left out here: a list must be read anew.' })

/** What each `event:` name has as its `data:`. */
export const liveMessages = z
  .union([
    z.object({ event: z.literal('event'), data: eventSummary }),
    z.object({ event: z.literal('delivery'), data: deliverySummary }),
    z.object({ event: z.literal('snapshot'), data: liveSnapshot }),
    z.object({ event: z.literal('node'), data: liveNode }),
    z.object({ event: z.literal('notice'), data: noticeRow }),
    z.object({ event: z.literal('resource-updated'), data: noticeRow }),
    z.object({ event: z.literal('gap'), data: liveGap }),
    z.object({ event: z.literal('ledger'), data: ledgerState }),
  ])
  .meta({
    id: 'LiveMessage',
    description:
      'Rows come as they are now, also again when they change: the same id replaces what is shown. `ledger` is sent first and whenever it changes; a comment line every 15 s keeps the connection.',
  })

const { conversation, client, type, status, source } = eventFilters

export const liveQuery = z.object({
  kinds: z
    .string()
    .max(200)
    .default('event')
    .refine(
      (text) => text.split(',').every((kind) => (liveKinds as readonly string[]).includes(kind)),
      `must be of ${liveKinds.join(', ')}, separated by commas`,
    )
    .describe(`Of ${liveKinds.join(', ')}, separated by commas.`),
  type,
  status,
  source,
  client,
  conversation: conversation.describe('Also of deliveries and snapshots.'),
  endpoint: idText.optional().describe('Of deliveries.'),
  last_event_id: z.string().max(100).optional().describe('As the header `Last-Event-ID`, which wins.'),
})

export const liveHeaders = z.object({ 'last-event-id': z.string().max(100).optional() })

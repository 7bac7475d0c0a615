import { z } from 'zod'
import { count, idParams, idText, pageOf, paging, time, timeQuery } from '../read/schemas/common.ts'
import { eventStatus } from '../read/schemas/events.ts'

/** Events that one request names one by one at most. */
const MAX_NAMED = 1_000
/** What an installation takes a second without harm to live work is far less; this bounds a slip of the finger. */
const MAX_RATE = 1_000
/** Consumer groups that read `webhooks.replays`. */
export const replayGroups = ['conversation-snapshot', 'knowledge-extract', 'delivery-request', 'handlers'] as const

const rate = z.number().min(0.1).max(MAX_RATE).describe('At most so many a second; less while live work waits.')
const reason = z.string().max(500).default('').describe('Why, for the audit and whoever has to approve it.')
const dryRun = z.boolean().default(false).describe('Count only: nothing is written and nothing is done.')

export const jobState = z
  .enum(['preparing', 'waiting-for-approval', 'running', 'done', 'cancelled', 'failed'])
  .describe('`preparing`: the selection is being counted out. `running`: also while it gives way to live work.')

export const replayTarget = z
  .strictObject({
    kind: z.enum(['group', 'endpoint']),
    name: z
      .string()
      .min(1)
      .max(200)
      .describe(`A consumer group (${replayGroups.join(', ')}), or the id of an endpoint of the tenant.`),
  })
  .meta({ id: 'ReplayTarget' })

/** Which events; all that is given has to fit. At least one of them is. */
export const replaySelection = z
  .strictObject({
    event_ids: z.array(idText).min(1).max(MAX_NAMED).optional(),
    q: idText.optional().describe('An id, whole, as in the list of events.'),
    conversation: idText.optional(),
    client: idText.optional(),
    type: z.string().min(1).max(200).optional().describe('A canonical type, or `prefix.*`; several by commas.'),
    status: eventStatus.optional(),
    source: idText.optional(),
    since: timeQuery.optional().describe('Received from then on, epoch milliseconds.'),
    until: timeQuery.optional().describe('Received before, epoch milliseconds; now when left out.'),
  })
  .refine((selection) => Object.values(selection).some((value) => value !== undefined), {
    message: 'must choose by something: event_ids, a time, a conversation, a type …',
  })
  .meta({ id: 'ReplaySelection' })

export const replayRequest = z
  .strictObject({
    target: replayTarget,
    selection: replaySelection,
    keeps_ids: z
      .boolean()
      .default(true)
      .describe('Whether deliveries keep their `webhook-id`, by which receivers drop repeats, or get a new one.'),
    rate: rate.default(50),
    reason,
    dry_run: dryRun,
  })
  .meta({ id: 'ReplayRequest' })

export const replayPlan = z
  .object({
    count: count.describe('Events that the replay would write, exactly.'),
    unfit: count.describe('Events of the selection that the target has no use for: its filter, or its kind of events.'),
    unavailable: count.describe('Events of the selection whose payload is kept no longer.'),
    seconds: z.number().describe('How long it takes at least, by the rate.'),
    rate: z.number().describe('Events a second: as asked for, or less where the endpoint takes less.'),
    needs_approval: z.boolean(),
  })
  .meta({ id: 'ReplayPlan' })

const progress = {
  state: jobState,
  total: count.nullable().describe('How many it is about; null while that is being counted.'),
  done: count.describe('Of these, written so far.'),
  waits_for: z.string().nullable().describe('Why it does not go on just now; null while it does.'),
  error: z.string().nullable(),
  rate: z.number(),
  reason: z.string(),
  requested_by: z.string().describe('Id of the user or token.'),
  requested_by_name: z.string(),
  approval_id: z.string().nullable(),
  created_at: time,
  started_at: time.nullable(),
  ended_at: time.nullable(),
} as const

export const replay = z
  .object({
    replay_id: z.string(),
    target: replayTarget,
    keeps_ids: z.boolean(),
    selection: replaySelection,
    ...progress,
  })
  .meta({ id: 'Replay' })

export const replayPage = pageOf(replay).meta({ id: 'ReplayPage' })

/** Which dead letters; all that is given has to fit. */
export const redriveSelection = z
  .strictObject({
    positions: z
      .array(z.string().max(300))
      .min(1)
      .max(MAX_NAMED)
      .optional()
      .describe('`topic-partition-offset` in the dead-letter topic.'),
    code: z.string().max(100).optional().describe('The code that they died of.'),
    event_id: idText.optional(),
    endpoint_id: idText.optional().describe('Of deliveries only, as the next three.'),
    delivery_ids: z.array(idText).min(1).max(MAX_NAMED).optional(),
    type: z.string().max(200).optional().describe('A canonical type, or `prefix.*`.'),
    conversation: idText.optional(),
    since: timeQuery.optional().describe('Given up from then on, epoch milliseconds.'),
    until: timeQuery.optional().describe('Given up before, epoch milliseconds; now when left out.'),
  })
  .meta({ id: 'RedriveSelection' })

export const redriveRequest = z
  .strictObject({
    topic: z
      .string()
      .min(1)
      .max(249)
      .describe(
        'The topic in which they could not be handled (`source_topic`); `deliveries`: all those of `delivery-send`.',
      ),
    group: z.string().min(1).max(200).describe('The consumer group that gave them up.'),
    selection: redriveSelection.default({}),
    rate: rate.default(20),
    per_endpoint: z
      .number()
      .min(0.1)
      .max(60_000)
      .optional()
      .describe('Of deliveries: at most so many a minute to one endpoint; half of what it takes when left out.'),
    reason,
    dry_run: dryRun,
  })
  .meta({ id: 'RedriveRequest' })

export const redrivePlan = z
  .object({
    count: count.describe('Dead letters that the redrive would put back, exactly.'),
    obstacles: z
      .array(z.object({ obstacle: z.string(), count }))
      .describe(
        'Those of the selection that stay, by why: an endpoint that is gone or disabled, bytes nobody can read.',
      ),
    codes: z.array(z.object({ code: z.string(), count })).describe('Those that would be put back, by code.'),
    seconds: z.number().describe('How long it takes at least, by the rate.'),
    needs_approval: z.boolean(),
  })
  .meta({ id: 'RedrivePlan' })

export const redrive = z
  .object({ redrive_id: z.string(), topic: z.string(), group: z.string(), selection: redriveSelection, ...progress })
  .meta({ id: 'Redrive' })

export const redrivePage = pageOf(redrive).meta({ id: 'RedrivePage' })

export const jobParams = idParams('id')
export const jobsQuery = z.object({
  state: jobState.optional(),
  ...paging,
})

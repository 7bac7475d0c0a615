import { z } from 'zod'
import { count, idText, pageOf, paging, person, time, timeQuery } from './common.ts'

export const conversationState = z.enum(['live', 'deleted', 'merged', 'gone']).or(z.string())

export const conversationSummary = z
  .object({
    conversation_id: z.string(),
    account: z.string(),
    state: conversationState,
    merged_into: z.string().nullable(),
    completeness: z.string().describe('`full`, or `partial` while not all is known.'),
    subject: z.string().nullable(),
    status: z.string().nullable(),
    assignee: person.nullable(),
    recipient: person.nullable(),
    tags: z.array(z.object({ id: z.string(), name: z.string() })),
    as_of: time.describe('The newest of the provider’s times in it.'),
    refreshed_at: time.describe('When the snapshot was written.'),
    pending_count: count.describe('Known events that it does not reflect yet.'),
    last_message: z
      .object({ at: time, is_inbound: z.boolean(), blurb: z.string().nullable() })
      .nullable()
      .describe('The newest one.'),
  })
  .meta({ id: 'ConversationSummary' })

const message = z.object({
  id: z.string(),
  type: z.string(),
  is_inbound: z.boolean(),
  created_at: time,
  subject: z.string().nullable(),
  blurb: z.string().nullable(),
  text: z.string().nullable(),
  is_truncated: z.boolean(),
  author: person.nullable(),
  recipients: z.array(z.object({ name: z.string().nullable(), handle: z.string(), role: z.string() })),
  attachments: z.array(
    z.object({
      id: z.string().nullable(),
      filename: z.string().nullable(),
      content_type: z.string().nullable(),
      size: z.number().nullable(),
    }),
  ),
})

export const conversationDetail = conversationSummary
  .extend({
    created_at: time.nullable(),
    custom_fields: z.record(z.string(), z.unknown()),
    caused_by: z.array(z.string()).describe('The last events that it reflects, newest first.'),
    pending: z.array(z.string()).describe('The known events that it does not reflect yet, newest first.'),
    messages: z.array(message).describe('The last ones, newest first.'),
    comments: z.array(z.object({ id: z.string(), author: person.nullable(), text: z.string(), posted_at: time })),
    has_more: z.boolean(),
  })
  .meta({ id: 'ConversationDetail' })

const q = idText
  .optional()
  .describe(
    'Part of the subject, or of the name or handle of who it is with or who has it; or a whole conversation id. Where contents are encrypted: whole words of the subject and of everybody in it.',
  )

/** What a URL may name. */
export const conversationsQuery = z.object({
  state: z.enum(['live', 'deleted', 'merged', 'gone']).optional(),
  status: z.string().max(100).optional(),
  tag: z.string().max(200).optional().describe('Id or name of a tag.'),
  since: timeQuery.optional().describe('Refreshed from then on.'),
  until: timeQuery.optional(),
  ...paging,
})
export const conversationsSearch = z
  .strictObject({ q, ...conversationsQuery.shape })
  .meta({ id: 'ConversationsSearch' })

export const conversationPage = pageOf(conversationSummary).meta({ id: 'ConversationPage' })

import { z } from 'zod'
import { count, idText, pageOf, paging, time } from '../read/schemas/common.ts'
import { approvalKinds } from './kinds.ts'
import { approvalStatuses } from './tables.ts'

/** A request for a second person's word, and what became of it. */
export const approvalSchema = z
  .object({
    id: z.string(),
    kind: z.enum(approvalKinds),
    subject: z.string().describe('What it is done to.'),
    reason: z.string(),
    count: count.nullable().describe('How many things it is about, as counted when it was asked for.'),
    params: z
      .unknown()
      .describe('Exactly what is executed once approved. Null in lists, and from seven days after its end.'),
    params_sha256: z.string().describe('Names what was looked at; an approval must say it.'),
    status: z.enum(approvalStatuses),
    requested_by: z.string(),
    requested_name: z.string(),
    requested_kind: z.string().describe('`user` or `token`.'),
    requested_at: time,
    expires_at: time.describe('From then on it can no longer be approved. Epoch milliseconds.'),
    decided_mode: z
      .enum(['two-person', 'one-person'])
      .nullable()
      .describe('`one-person`: by who asked, or an account linked with it, as CONSOLE_APPROVALS lets.'),
    decided_by: z.string().nullable(),
    decided_name: z.string().nullable(),
    decided_at: time.nullable(),
    decision_reason: z.string(),
    executed_at: time.nullable(),
    result: z.unknown().describe('What executing it gave; null before, and from seven days after its end.'),
    error: z.string().nullable(),
    may_decide: z.boolean().describe('Whether the caller may approve it now.'),
    may_cancel: z.boolean(),
    may_not_because: z.string().nullable().describe('Why the caller may not decide an open request.'),
  })
  .meta({ id: 'Approval' })

export type ApprovalView = z.infer<typeof approvalSchema>

export const approvalPage = pageOf(approvalSchema).meta({ id: 'ApprovalPage' })

/** The answer of an action that waits for a second person. */
export const waitingSchema = z.object({ approval: approvalSchema }).meta({ id: 'WaitingForApproval' })

export const approvalsQuery = z.object({
  status: z.enum(approvalStatuses).or(z.literal('')).optional(),
  kind: z.enum(approvalKinds).or(z.literal('')).optional(),
  ...paging,
})

export const approvalParams = z.object({ id: idText })

const reasonText = z.string().max(1_000, { error: 'is longer than 1,000 characters' })

export const approveBody = z
  .strictObject({
    params_sha256: z.string().length(64).describe('Of what the decider saw.'),
    reason: reasonText.optional(),
  })
  .meta({ id: 'Approve' })

export const decideBody = z.strictObject({ reason: reasonText.optional() }).meta({ id: 'Decide' })

/** How people read it out: spaces and dashes between the digits do not count. */
export const vouchBody = z
  .strictObject({
    code: z
      .string()
      .max(50)
      .transform((text) => text.replaceAll(/[\s-]/g, ''))
      .pipe(z.string().regex(/^\d{8}$/, 'must be eight digits'))
      .describe('The number for vouching that the user sees on their own page (`vouch_code` of `me`).'),
  })
  .meta({ id: 'Vouch' })

export const reasonBody = z.strictObject({ reason: reasonText.optional() }).meta({ id: 'Reason' })

export const responseRequest = z
  .strictObject({
    response_url: z.string().max(2_048).nullish().describe('Where to send it; default MAKE_COM_WEBHOOK_ENDPOINT.'),
    response_data: z.unknown().describe('What to send: any JSON.'),
    response_type: z.string().describe('What kind of response it is, such as knowledge_graph.'),
    client_id: z.union([z.string(), z.number()]),
    reason: reasonText.describe('Why, for who decides.'),
  })
  .meta({ id: 'ResponseRequest' })

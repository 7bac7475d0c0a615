import { donePlace, signedReceipt, subjectKinds } from '@millrace/operations'
import { z } from 'zod'
import { count, pageOf, paging, time } from '../read/schemas/common.ts'
import { jobState } from '../replay/schemas.ts'

const subject = z
  .string()
  .min(1)
  .max(520)
  .describe('`email`, `conversation`, `contact` or `client`, a colon, and the address or id.')

export const erasureRequest = z
  .strictObject({
    subject,
    reason: z
      .string()
      .max(500)
      .default('')
      .describe('Why, for the audit and whoever has to approve it; without the name.'),
    without_encryption: z
      .boolean()
      .default(false)
      .describe('Erase although encryption is off: records that lie in topics stay readable until they expire.'),
    dry_run: z.boolean().default(false).describe('Look and count only: nothing is written and nothing is done.'),
  })
  .meta({ id: 'ErasureRequest' })

export const erasurePlan = z
  .object({
    subject_kind: z.enum(subjectKinds),
    subjects: z
      .array(z.object({ kind: z.string(), id: z.string() }))
      .describe('Whose data keys would be destroyed, up to 200: everything of these becomes unreadable.'),
    subject_count: count,
    conversation_count: count.describe('Of these, conversations: each as a whole, with what others said in it.'),
    places: z.array(donePlace).describe('What there is of it now, by place.'),
    topics: z
      .array(z.string())
      .describe(
        'Topics in which, and in whose dead letters, records of these become unreadable with the keys; nobody counts them, as that takes reading all of each. None without encryption.',
      ),
    last_record_expires: z.string().describe('Day on which the last record of it would be gone.'),
    is_encrypted: z.boolean(),
    obstacle: z.string().nullable().describe('Why it would be refused; null when it would not.'),
  })
  .meta({ id: 'ErasurePlan' })

export const erasure = z
  .object({
    erasure_id: z.string(),
    subject_kind: z.string(),
    subject_hash: z.string(),
    state: jobState,
    total: count.nullable().describe('Steps.'),
    done: count.describe('Of these, done so far.'),
    waits_for: z.string().nullable(),
    error: z.string().nullable(),
    reason: z.string(),
    requested_by: z.string(),
    requested_by_name: z.string(),
    approval_id: z.string().nullable(),
    places: z.array(donePlace),
    phases: z.record(z.string(), count).describe('Milliseconds that each phase has taken so far, by its name.'),
    erased_at: time.nullable().describe('From then on nobody reads it any more; null before.'),
    receipt: signedReceipt.nullable(),
    created_at: time,
    started_at: time.nullable(),
    ended_at: time.nullable(),
  })
  .meta({ id: 'Erasure' })

export const erasurePage = pageOf(erasure).meta({ id: 'ErasurePage' })
export const erasuresQuery = z.object({ state: jobState.optional(), ...paging })

export const receiptKeys = z
  .object({
    public_keys: z
      .array(z.string())
      .describe('`whpk_…` of every key that receipts may be signed with; the first is current.'),
  })
  .meta({ id: 'ReceiptKeys' })

export const exportRequest = z
  .strictObject({ subject, reason: z.string().max(500).default('').describe('Why, for the audit; without the name.') })
  .meta({ id: 'SubjectExportRequest' })

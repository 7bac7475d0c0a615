import {
  type DonePlace,
  dayOf,
  type ErasureScope,
  lastExpiry,
  type SignedReceipt,
  signReceipt,
} from '@millrace/operations'
import { topics } from '@millrace/schemas'
import type { ApprovalRow } from '../approve/tables.ts'
import type { Job } from '../replay/job-store.ts'
import { type EraseParts, requireKeys } from './parts.ts'
import { plainUntil } from './plain-records.ts'
import type { ErasuresTable } from './tables.ts'

interface Done {
  readonly job: Job
  readonly row: Pick<ErasuresTable, 'subject_hash' | 'subject_kind'>
  readonly scope: ErasureScope
  readonly approval: ApprovalRow
  readonly places: readonly DonePlace[]
  readonly erasedAt: number
}

const REMARKS = [
  'Ids of conversations, contacts and clients stay in record keys until the records expire; here they lead to nothing any more.',
  'The wrapped keys that were destroyed lie in their topic until it is compacted: within about two hours, once more is written there. Only who has the master key and reads the broker before that could use them.',
  'What comes later and is of none of these conversations, contacts and clients is kept like anybody’s: for an address that writes anew, ask again.',
  'Endpoints keep what was delivered to them by their own rules.',
  'Front and Make keep what they have; what is deleted there is not deleted here by that, nor the other way round.',
  `Copies of the database, of disks and of logs keep what they have by their own retention; after a restore the entries of ${topics.erasures.name} count again.`,
  'Nodes of the graph that know something from others too stay; earlier versions of them lie in their topic until it is compacted, a day at most where the topics are as Millrace makes them.',
] as const

/** What was done, signed. */
export async function receiptOf(parts: EraseParts, done: Done, signal: AbortSignal): Promise<SignedReceipt> {
  const { job, row, approval, places, erasedAt } = done
  const plain = await plainUntil(parts, erasedAt, signal)
  return signReceipt(
    {
      receipt_id: job.id,
      tenant: job.tenant,
      subject_hash: row.subject_hash,
      subject_kind: row.subject_kind,
      requested_by: approval.requested_by,
      requested_at: approval.requested_at,
      approved_by: approval.decided_by ?? '',
      approved_at: approval.decided_at ?? 0,
      approval_id: approval.id,
      approval_mode: approval.decided_mode ?? '',
      erased_at: erasedAt,
      places: [...places],
      last_record_expires: dayOf(lastExpiry(Date.now())),
      plain_records_until: plain === null ? null : dayOf(plain),
      remarks: [...REMARKS],
    },
    requireKeys(parts).keys,
  )
}

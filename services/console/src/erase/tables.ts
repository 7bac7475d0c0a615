import type { DonePlace, SignedReceipt } from '@millrace/operations'
import type { ColumnType, Generated } from 'kysely'

/** What the console keeps of erasures: no projection, and after its end without a name of whom it was about. */
export interface EraseTables {
  erasures: ErasuresTable
  encryption_state: EncryptionStateTable
}

/** One row while encryption is on. */
interface EncryptionStateTable {
  single: Generated<boolean>
  since: number
}

export interface ErasuresTable {
  /** That of its job. */
  id: string
  tenant: string
  subject_kind: string
  subject_hash: string
  /** `email:…` as it was asked for, sealed; null once it has ended. */
  sealed_subject: string | null
  /** What was found of it, sealed; null before it was looked for, and once nothing can come late any more. */
  sealed_scope: string | null
  /** Steps that are done. */
  step: number
  places: ColumnType<readonly DonePlace[], string, string>
  receipt: ColumnType<SignedReceipt | null, string | null, string | null>
  created_at: number
  erased_at: number | null
  swept_at: number | null
}

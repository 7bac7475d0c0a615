interface ReceiptPlace {
  readonly place: string
  readonly what: string
  readonly count: number
}

/** The receipt of erasure `ers_1`, not signed yet. */
export const receiptValue = {
  receipt_id: 'ers_1',
  tenant: 'default',
  subject_hash: 'h',
  subject_kind: 'email',
  requested_by: 'usr_1',
  requested_at: 1,
  approved_by: 'usr_2',
  approved_at: 2,
  approval_id: 'apr_1',
  approval_mode: 'two-person',
  erased_at: 3,
  places: [{ place: 'table conversations', what: 'rows deleted', count: 2 }] as ReceiptPlace[],
  last_record_expires: '2026-12-30',
  plain_records_until: null as string | null,
  remarks: ['Endpoints keep what they have.'],
}

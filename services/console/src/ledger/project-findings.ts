import type { InRecord } from '@millrace/kafka'
import type { Notice, ParityFinding, RejectedRequest } from '@millrace/schemas'
import { parsed } from './project-state.ts'
import { countOne, type LedgerRows } from './rows.ts'

export function projectParity(rows: LedgerRows, { value, offset }: InRecord<ParityFinding>): void {
  if (value !== null) rows.parity.push({ ...value, position: Number(offset) })
}

export function projectNotice(rows: LedgerRows, { value }: InRecord<Notice>): void {
  if (value === null) return
  const { details_json, ...kept } = value
  rows.notices.push({ ...kept, details: parsed(details_json) })
  rows.changes.push({ tenant: kept.tenant, kind: 'notice', id: kept.notice_id, at: kept.at })
}

export function projectRejected(rows: LedgerRows, { value }: InRecord<RejectedRequest>): void {
  if (value === null) return
  const { secret_source: _, ...kept } = value
  rows.rejected.push(kept)
  countOne(rows, kept.tenant, 'rejected', kept.rule, kept.received_at)
}

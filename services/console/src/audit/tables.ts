import type { AuditEntry } from '@millrace/schemas'

/** The audit chain as the topic has it, and what of it is still to be written there. */
export interface AuditTables {
  audit_entries: AuditRow
  audit_relay: AuditRelayRow
}

export type AuditRow = AuditEntry & {
  /** Its place in the topic; null until it has been written. */
  topic_offset: number | null
}

/** One row: which process writes to the topic, and until when. */
interface AuditRelayRow {
  single: boolean
  holder: string
  until: number
}

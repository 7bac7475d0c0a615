import type { AccessTables } from '../access/tables.ts'
import type { ApproveTables } from '../approve/tables.ts'
import type { AuditTables } from '../audit/tables.ts'
import type { EraseTables } from '../erase/tables.ts'
import type { ReplayTables } from '../replay/tables.ts'
import type { RetentionTables } from '../retention/tables.ts'
import type { LedgerTables } from './ledger-tables.ts'

/** Every table, by the piece that owns it. */
export interface Tables
  extends LedgerTables,
    AccessTables,
    ApproveTables,
    AuditTables,
    ReplayTables,
    EraseTables,
    RetentionTables {}

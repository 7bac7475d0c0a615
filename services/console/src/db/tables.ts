import type { AccessTables } from '../access/tables.ts'
import type { LedgerTables } from './ledger-tables.ts'

/** Every table, by the piece that owns it. */
export interface Tables extends LedgerTables, AccessTables {}

/** What holds at one tenant, and what was done last. */
export interface TenantRetentionTable {
  tenant: string
  /** Days that hold now; null: what topics and the ledger keep for everybody. */
  days: number | null
  /** Fewer days that were asked for, and from when on they hold, epoch milliseconds. */
  next_days: number | null
  next_from: number | null
  /** What happened before this time is gone from the ledger, and when that was done; epoch milliseconds. Null where the tenant has no days of its own. */
  rows_before: number | null
  rows_at: number | null
  /** The last day whose data keys have ended, `yyyymmdd`, the oldest of those that are left, and when that was done. */
  keys_until: string | null
  oldest_key_day: string | null
  keys_at: number | null
}

export interface RetentionTables {
  tenant_retention: TenantRetentionTable
}

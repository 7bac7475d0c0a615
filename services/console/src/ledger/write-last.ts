import { sql } from 'kysely'
import type { LedgerTables } from '../db/ledger-tables.ts'
import { type Handle, jsonOf, upsertRows } from './json-rows.ts'
import type { LastRows } from './prepare-rows.ts'

/** Replaces what has a last state, and removes what is gone. */
export async function writeLast(
  db: Handle,
  table: keyof LedgerTables,
  keys: readonly [tenant: string, id: string],
  { kept, gone }: LastRows,
): Promise<void> {
  await upsertRows(db, table, keys, kept)
  if (gone.length === 0) return
  const name = sql.table(table)
  const [tenant, id] = [sql.ref(keys[0]), sql.ref(keys[1])]
  await sql`delete from ${name} using json_populate_recordset(null::${name}, ${jsonOf(gone)}::json) as gone
    where ${name}.${tenant} = gone.${tenant} and ${name}.${id} = gone.${id}`.execute(db)
}

import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import type { Tables } from '../db/tables.ts'

/** A database, or a transaction in it. */
export type Handle = Kysely<Tables> | Transaction<Tables>

/** Rows with the JSON by which they are written. */
export interface JsonRows<R extends object = object> {
  readonly rows: readonly R[]
  readonly json: string
}

export function asJson<R extends object>(rows: readonly R[]): JsonRows<R> {
  return { rows, json: rows.length === 0 ? '[]' : jsonOf(rows) }
}

/**
 * Inserts rows by one statement with one parameter: JSON is what both sides are quickest at, and rows of any number need no new plan.
 * Columns that a row lacks become null.
 */
export async function insertRows(
  db: Handle,
  table: keyof Tables & string,
  { rows, json }: JsonRows,
  conflict: RawBuilder<unknown> = sql`on conflict do nothing`,
): Promise<number> {
  if (rows.length === 0) return 0
  const name = sql.table(table)
  const statement = sql`insert into ${name} select * from json_populate_recordset(null::${name}, ${json}::json) ${conflict}`
  return Number((await statement.execute(db)).numAffectedRows ?? 0)
}

/** Inserts rows, or replaces everything of those that are there but their key. */
export async function upsertRows(
  db: Handle,
  table: keyof Tables & string,
  keys: readonly string[],
  rows: JsonRows,
): Promise<void> {
  const [first] = rows.rows
  if (first === undefined) return
  const others = Object.keys(first).filter((column) => !keys.some((key) => key === column))
  const set = others.map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`)
  const conflict = sql`on conflict (${sql.join(keys.map((key) => sql.ref(key)))}) do update set ${sql.join(set)}`
  await insertRows(db, table, rows, conflict)
}

/** The rows as a JSON array that Postgres takes: bytes in its hex form, no NUL in any text. */
export function jsonOf(rows: readonly object[]): string {
  const json = JSON.stringify(rows.map(withHexBytes))
  // The escape may also stand for the six characters, behind a backslash: cleaning tells, and is needed hardly ever.
  return json.includes('\\u0000') ? JSON.stringify(rows.map((row) => withoutNul(withHexBytes(row)))) : json
}

function withHexBytes(row: object): object {
  const values = row as Readonly<Record<string, unknown>>
  let converted: Record<string, unknown> | undefined
  for (const name in values) {
    const value = values[name]
    if (!Buffer.isBuffer(value)) continue
    converted ??= { ...values }
    converted[name] = `\\x${value.toString('hex')}`
  }
  return converted ?? row
}

function withoutNul(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\u0000', '\uFFFD')
  if (Array.isArray(value)) return value.map(withoutNul)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [withoutNul(name), withoutNul(each)]))
}

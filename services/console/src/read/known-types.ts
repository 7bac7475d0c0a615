import { type Kysely, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'

/** Types that one list chooses by at most; a longer choice is a filter, no lookup. */
export const MAX_TYPES = 50

/**
 * The event types that a tenant has, each found by one step along an index however many events there are. At most 500.
 */
export async function knownTypes(db: Kysely<Tables>, tenant: string): Promise<string[]> {
  const { rows } = await sql<{ type: string }>`
    with recursive types (type) as (
      (select event_type from webhook_events where tenant = ${tenant} order by event_type limit 1)
      union all
      select (select event_type from webhook_events where tenant = ${tenant} and event_type > types.type order by event_type limit 1)
      from types where types.type is not null
    )
    select type from types where type is not null limit 500`.execute(db)
  return rows.map(({ type }) => type)
}

/** The words of a type filter: exact types, or `prefix.*` (also `*`) for all that begin so. */
export function wordsOfTypes(filter: string): string[] {
  return filter.split(',').flatMap((word) => word.trim() || [])
}

/** Whether an event type is one of these words. */
export function fitsTypes(type: string, words: readonly string[]): boolean {
  return words.some((word) => (word.endsWith('*') ? type.startsWith(word.slice(0, -1)) : type === word))
}

/** The types that a filter names; those with a `*` are looked up. */
export async function typesOf(db: Kysely<Tables>, tenant: string, filter: string): Promise<string[]> {
  const words = wordsOfTypes(filter)
  if (!words.some((word) => word.endsWith('*'))) return words
  return (await knownTypes(db, tenant)).filter((type) => fitsTypes(type, words))
}

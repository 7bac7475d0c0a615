import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import type { WordIndex } from '../words/word-index.ts'
import type { EventPage } from './find-events.ts'
import { searchAll } from './search-all.ts'
import { searchFew } from './search-few.ts'
import type { TextSearch } from './text-search.ts'

/**
 * Events whose payload contains a text, newest first. No index holds payloads, as 2,000 events a second could not feed one: they are looked through
 * for a part of a second, and the answer says how far that came. Where other filters leave few events, those alone are looked through: payloads that are
 * encrypted are opened then, and of all others their words are looked through.
 * @throws ConsoleError `MR_CONSOLE_INVALID` for a cursor that is none
 */
export async function searchText(
  db: Kysely<Tables>,
  search: TextSearch,
  words: WordIndex | undefined,
): Promise<EventPage> {
  const { q, conversation, client, tenant, text } = search
  const areFew = q !== undefined || conversation !== undefined || client !== undefined
  if (areFew) return await searchFew(db, search, words !== undefined)
  return await searchAll(db, search, await words?.has(tenant, 'p.words', text))
}

import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { EventsQuery } from './find-events.ts'

export interface TextSearch extends EventsQuery {
  readonly tenant: string
  readonly text: string
  readonly types: readonly string[] | undefined
}

/** After this a page is answered as far as it came; the next one goes on there. */
export const BUDGET_MS = 150

/**
 * Whether a payload contains a text. Letters of ASCII are alike in upper and lower case: by the rules of a language Postgres would change each payload
 * as a whole first, which takes twice as long.
 * @param column of the payload's text
 */
export function payloadHas(column: string, text: string): RawBuilder<SqlBool> {
  const patterns = formsOf(text).map((form) => `%${form.replace(/[\\%_]/g, '\\$&')}%`)
  const fits = patterns.map((pattern) => sql<SqlBool>`${sql.ref(column)} collate "C" ilike ${pattern}`)
  return sql<SqlBool>`(${sql.join(fits, sql` or `)})`
}

/** The same of a payload that had to be opened first. */
export function openedHas(payload: Buffer, text: string): boolean {
  const found = lowerAscii(payload.toString())
  return formsOf(text).some((form) => found.includes(lowerAscii(form)))
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** A text as JSON writes it: with its own characters, or with all that is not ASCII escaped. */
function formsOf(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1)
  const ascii = plain.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return [...new Set([plain, ascii])]
}

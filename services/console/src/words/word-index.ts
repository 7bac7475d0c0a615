import type { BlindIndex } from '@millrace/service-kit'
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { type Word, wordsWanted } from './words-in.ts'

export type { BlindIndex }

/** What a row is found by and nothing can be read from: hashes of words, sorted, one after the other. */
export interface WordIndex {
  prepare(tenants: readonly string[]): Promise<void> | undefined
  /** After `prepare`. */
  tokens(tenant: string, words: readonly Word[]): Buffer
  /** Whether a column of tokens has all words of a searched text. */
  has(tenant: string, column: string, text: string): Promise<RawBuilder<SqlBool>>
  hasWord(tenant: string, column: string, word: Word): Promise<RawBuilder<SqlBool>>
}

/** Of 16: enough that two words of a tenant hardly ever share it, and a third fewer bytes are looked through. */
const TOKEN_BYTES = 8
const KNOWN_WORDS = 20_000

export function createWordIndex(index: BlindIndex): WordIndex {
  // Names and subjects come again and again; the older half goes when there are too many.
  let [known, older] = [new Map<string, string>(), new Map<string, string>()]
  const token = (tenant: string, word: Word): string => {
    const name = `${tenant}\u0000${word}`
    const hit = known.get(name) ?? older.get(name)
    const hex = hit ?? index.blind(tenant, 'ledger', word).toString('hex', 0, TOKEN_BYTES)
    if (known.size >= KNOWN_WORDS) [known, older] = [new Map(), known]
    known.set(name, hex)
    return hex
  }
  const present = (tenant: string, column: string, words: readonly Word[]) => {
    const each = words.map(
      (word) => sql`position(${Buffer.from(token(tenant, word), 'hex')} in ${sql.ref(column)}) > 0`,
    )
    return sql<SqlBool>`(${sql.join(each, sql` and `)})`
  }
  return {
    prepare: (tenants) => index.prepare(tenants),
    tokens: (tenant, words) =>
      Buffer.from([...new Set(words.map((word) => token(tenant, word)))].sort().join(''), 'hex'),
    async has(tenant, column, text) {
      await index.prepare([tenant])
      const ways = wordsWanted(text).map((words) => present(tenant, column, words))
      return ways.length === 0 ? sql<SqlBool>`false` : sql<SqlBool>`(${sql.join(ways, sql` or `)})`
    },
    async hasWord(tenant, column, word) {
      await index.prepare([tenant])
      return present(tenant, column, [word])
    },
  }
}

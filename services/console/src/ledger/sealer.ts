import type { KeyLife, SealedTexts } from '@millrace/kafka'
import type { WordIndex } from '../words/word-index.ts'
import type { Word } from '../words/words-in.ts'

/** Encrypts what rows hold of somebody. */
export interface Sealer {
  /** Has the keys of these subjects, which begin with their tenant, at hand. Rejects transiently while keys cannot be reached. */
  prepare(subjects: Iterable<string>, life: KeyLife): Promise<void>
  /** After `prepare` for the same life. */
  isErased(subject: string, life: KeyLife): boolean
  /**
   * After `prepare` for the same life. @param life `aging` of rows that are removed by age; `lasting` of the last state of something
   * @returns `erased`: nothing of the subject is written any more
   */
  seal(subject: string, content: Buffer | object, life: KeyLife): Buffer | 'erased'
  /** What a row is found by. After `prepare`. */
  tokens(tenant: string, words: readonly Word[]): Buffer
}

const NOTHING = Buffer.alloc(0)
/** Subjects whose keys are asked for together: those that have none get one, which is a record that brokers have to take. */
const AT_ONCE = 200

/** @param texts with encryption on */
export function createSealer(texts: Pick<SealedTexts, 'prepareSeal' | 'seal'>, words: WordIndex): Sealer {
  return {
    async prepare(subjects, life) {
      const all = [...new Set(subjects)]
      const tenants = new Set(all.map((subject) => subject.slice(0, subject.indexOf('/'))))
      await words.prepare([...tenants])
      for (let start = 0; start < all.length; start += AT_ONCE)
        await texts.prepareSeal(all.slice(start, start + AT_ONCE), life)
    },
    isErased: (subject, life) => texts.seal(subject, NOTHING, life) === undefined,
    seal(subject, content, life) {
      const plain = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
      const sealed = texts.seal(subject, plain, life)
      if (sealed === undefined) return 'erased'
      if (sealed === plain || !Buffer.isBuffer(sealed))
        throw new Error('encryption is off where rows are to be encrypted')
      return sealed
    },
    tokens: (tenant, found) => words.tokens(tenant, found),
  }
}

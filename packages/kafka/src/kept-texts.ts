import { createSealedTexts } from './sealed-text.ts'
import type { RecordCipher } from './types.ts'

/** Texts that scripts of Redis handle, encrypted where there is a cipher: then `~` and base64. What is not encrypted never begins with `~`. */
export interface KeptTexts {
  /** Has the subject's key for `keep` at hand. Rejects transiently while it cannot be reached. */
  prepareKeep(subject: string): Promise<void> | undefined
  /** Undefined where the subject was erased: nothing may be kept. */
  keep(subject: string, text: string): string | undefined
  /** Has the keys for `read` at hand. Rejects transiently while they cannot be reached. */
  prepareRead(texts: readonly string[]): Promise<void> | undefined
  /** Undefined where the subject was erased. @throws KafkaError `MR_KAFKA_KEY_LOST`, `MR_KAFKA_UNDECODABLE` */
  read(text: string): string | undefined
}

const SEALED = '~'

export function createKeptTexts(cipher: RecordCipher | undefined): KeptTexts {
  const sealed = createSealedTexts(cipher)
  return {
    prepareKeep: (subject) => sealed.prepareSeal([subject], 'aging'),
    keep(subject, text) {
      const kept = sealed.seal(subject, text, 'aging')
      return typeof kept === 'object' ? SEALED + kept.toString('base64') : kept
    },
    prepareRead: (texts) => sealed.prepareOpen(texts.map((text) => (text.startsWith(SEALED) ? bytesOf(text) : null))),
    read: (text) => (text.startsWith(SEALED) ? sealed.open(bytesOf(text))?.toString() : text),
  }
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.slice(SEALED.length), 'base64')
}

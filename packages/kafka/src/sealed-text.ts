import { KafkaError } from './errors.ts'
import type { KeyLife, RecordCipher } from './types.ts'

/**
 * Encrypted values in Redis: the byte 1, the key's id, the byte 0, and what `RecordCipher.encrypt` made. What is not encrypted never begins with the
 * byte 1: states and answers are texts.
 */
export interface SealedTexts {
  /** Has the keys for `seal` of the same life (`RecordCipher`) at hand; undefined when nothing has to be fetched. Rejects transiently while they cannot be reached. */
  prepareSeal(subjects: readonly string[], life?: KeyLife): Promise<void> | undefined
  /** As it is where encryption is off; undefined where the subject was erased. @throws KafkaError `MR_KAFKA_KEY_PENDING` */
  seal(subject: string, text: string | Buffer, life?: KeyLife): string | Buffer | undefined
  /** Has the keys for `open` at hand; undefined when nothing has to be fetched. Rejects transiently while they cannot be reached. */
  prepareOpen(texts: readonly (Buffer | null)[]): Promise<void> | undefined
  /** Undefined where the subject was erased. @throws KafkaError `MR_KAFKA_KEY_PENDING`, `MR_KAFKA_KEY_LOST`, `MR_KAFKA_UNDECODABLE` */
  open(text: Buffer): Buffer | undefined
}

const SEALED = 1
const END = 0

export function createSealedTexts(cipher: RecordCipher | undefined): SealedTexts {
  return {
    prepareSeal: (subjects, life) => (subjects.length === 0 ? undefined : cipher?.prepareWrite(subjects, life)),
    seal(subject, text, life) {
      const sealed = cipher?.encrypt(subject, Buffer.from(text), life) ?? 'plain'
      if (sealed === 'plain') return text
      if (sealed === 'erased') return undefined
      return Buffer.concat([Buffer.from([SEALED]), Buffer.from(sealed.keyId), Buffer.from([END]), sealed.bytes])
    },
    prepareOpen(texts) {
      const keyIds = texts.flatMap((text) => (text === null ? [] : (partsOf(text)?.keyId ?? [])))
      return keyIds.length === 0 ? undefined : cipher?.prepareRead(keyIds)
    },
    open(text) {
      const parts = partsOf(text)
      if (parts === undefined) return text
      if (cipher === undefined)
        throw new KafkaError(
          'MR_KAFKA_KEY_PENDING',
          'a value in Redis is encrypted, and MILLRACE_SECRET_KEYS is not set',
        )
      return cipher.isErased(parts.keyId) ? undefined : cipher.decrypt(parts.keyId, parts.bytes)
    },
  }
}

function partsOf(text: Buffer): { readonly keyId: string; readonly bytes: Buffer } | undefined {
  if (text[0] !== SEALED) return undefined
  const end = text.indexOf(END)
  return { keyId: text.toString('utf8', 1, end), bytes: text.subarray(end + 1) }
}

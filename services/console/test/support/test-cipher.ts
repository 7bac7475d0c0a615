import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { KafkaError, type RecordCipher } from '@millrace/kafka'
import type { BlindIndex } from '@millrace/service-kit'
import { decryptBytes, encryptBytes } from '@millrace/signing'

export interface TestCipher extends RecordCipher {
  /** Destroys the keys of a subject. */
  erase(subject: string): void
  /** Forgets them, as a restored backup without its newest keys would. */
  lose(subject: string): void
  /** While true, no key can be reached. */
  isAway: boolean
}

/** A cipher whose keys are in this process alone, for what does not depend on where keys are kept. */
export function createTestCipher(): TestCipher {
  const keys = new Map<string, KeyObject | 'erased'>()
  const away = () => new KafkaError('MR_KAFKA_KEY_PENDING', 'away')
  const keyOf = (keyId: string): KeyObject => {
    const key = keys.get(keyId)
    if (key === undefined) throw new KafkaError('MR_KAFKA_KEY_LOST', keyId)
    if (key === 'erased') throw new KafkaError('MR_KAFKA_ERASED', keyId)
    return key
  }
  const prepare = (): Promise<void> | undefined => (cipher.isAway ? Promise.reject(away()) : undefined)
  const cipher: TestCipher = {
    isAway: false,
    erase: (subject) => void keys.set(`${subject}/1`, 'erased'),
    lose: (subject) => void keys.delete(`${subject}/1`),
    prepareWrite: prepare,
    prepareRead: prepare,
    isErased: (keyId) => keys.get(keyId) === 'erased',
    encrypt(subject, plain) {
      const keyId = `${subject}/1`
      if (!keys.has(keyId)) keys.set(keyId, createSecretKey(randomBytes(32)))
      if (keys.get(keyId) === 'erased') return 'erased'
      return { keyId, bytes: encryptBytes(keyOf(keyId), keyId, plain) }
    },
    decrypt: (keyId, bytes) => decryptBytes(keyOf(keyId), keyId, bytes),
  }
  return cipher
}

/** Hashes under a key of this process. */
export function createTestBlindIndex(): BlindIndex {
  const key = randomBytes(32)
  return {
    prepare: () => undefined,
    blind: (tenant, kind, text) =>
      createHmac('sha256', key).update(`${tenant}\0${kind}\0${text}`).digest().subarray(0, 16),
  }
}

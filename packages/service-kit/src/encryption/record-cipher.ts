import { KafkaError, type RecordCipher } from '@millrace/kafka'
import { decryptBytes, encryptBytes } from '@millrace/signing'
import { recordSubject } from './key-ids.ts'
import type { KeyRing } from './key-ring.ts'

/** Encrypts by the keys of a ring. `isOn` false: what is encrypted is read, and nothing is encrypted. */
export function createRecordCipher(ring: KeyRing, isOn: boolean): RecordCipher {
  return {
    prepareWrite: (subjects, life = 'lasting') =>
      isOn ? ring.forWriting(subjects.map(recordSubject), life) : undefined,
    encrypt(subject, plain, life = 'lasting') {
      if (!isOn) return 'plain'
      const known = ring.ofSubject(recordSubject(subject), life)
      if (known === 'destroyed') return 'erased'
      if (typeof known !== 'object')
        throw new KafkaError('MR_KAFKA_KEY_PENDING', 'the data key to encrypt with is not at hand')
      return { keyId: known.keyId, bytes: encryptBytes(known.key, known.keyId, plain) }
    },
    prepareRead: (keyIds) => ring.forReading(keyIds),
    isErased: (keyId) => ring.ofId(keyId) === 'destroyed',
    decrypt(keyId, bytes) {
      const known = ring.ofId(keyId)
      if (known === undefined) throw new KafkaError('MR_KAFKA_KEY_PENDING', 'the data key is not at hand')
      if (known === 'destroyed') throw new KafkaError('MR_KAFKA_ERASED', 'the data key was destroyed')
      if (known === 'lost') throw new KafkaError('MR_KAFKA_KEY_LOST', 'nobody has the data key')
      try {
        return decryptBytes(known.key, keyId, bytes)
      } catch (cause) {
        throw new KafkaError('MR_KAFKA_UNDECODABLE', 'encrypted bytes were changed', { cause })
      }
    },
  }
}

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { KafkaError, type RecordCipher, transient } from '../../src/index.ts'

/** Data keys of a test, as several processes share them. */
export interface TestKeys {
  /** The cipher of one process: a key has to be fetched before it can be used, and `letGo` makes that so again. */
  cipher(): RecordCipher
  /** Destroys the keys of a subject; processes know it once they have let go of theirs. */
  erase(subject: string): void
  /** Nobody knows the subject's key any more. */
  lose(subject: string): void
  /** Whether keys can be reached. */
  setAway(isAway: boolean): void
  /** Holds every look-up back until it is called again. */
  hold(): () => void
  letGo(): void
  /** Of the subject, by hand; the same for everyone who knows the secret. */
  keyOf(subject: string): { readonly keyId: string; readonly key: Buffer }
}

/** A key follows from the secret and the subject, so that processes need nothing in common but these. */
export function createTestKeys(secret: string = randomBytes(8).toString('hex')): TestKeys {
  const erased = new Set<string>()
  const lost = new Set<string>()
  const fresh = new Set<Set<string>>()
  let isAway = false
  let held: Promise<void> = Promise.resolve()

  const keyIdOf = (subject: string) => `${subject}/${digest(`${secret} id ${subject}`).toString('hex', 0, 8)}`
  const subjectOf = (keyId: string) => keyId.slice(0, keyId.lastIndexOf('/'))
  const keyOf = (subject: string) => ({ keyId: keyIdOf(subject), key: digest(`${secret} key ${subject}`) })

  const fetched = (known: Set<string>, subjects: readonly string[]): Promise<void> | undefined => {
    const missing = subjects.filter((subject) => !known.has(subject))
    if (missing.length === 0) return undefined
    return held.then(() => {
      if (isAway) throw transient('the keys are away')
      for (const subject of missing) known.add(subject)
    })
  }

  const cipher = (): RecordCipher => {
    const known = new Set<string>()
    fresh.add(known)
    const requireKnown = (subject: string) => {
      if (!known.has(subject)) throw new KafkaError('MR_KAFKA_KEY_PENDING', `the key of ${subject} is not at hand`)
    }
    return {
      prepareWrite: (subjects) => fetched(known, subjects),
      encrypt(subject, plain) {
        requireKnown(subject)
        if (erased.has(subject)) return 'erased'
        const { keyId, key } = keyOf(subject)
        return { keyId, bytes: encrypted(key, keyId, plain) }
      },
      prepareRead: (keyIds) => fetched(known, keyIds.map(subjectOf)),
      isErased: (keyId) => known.has(subjectOf(keyId)) && erased.has(subjectOf(keyId)),
      decrypt(keyId, bytes) {
        const subject = subjectOf(keyId)
        requireKnown(subject)
        if (erased.has(subject)) throw new KafkaError('MR_KAFKA_ERASED', `${subject} was erased`)
        if (lost.has(subject)) throw new KafkaError('MR_KAFKA_KEY_LOST', `nobody knows the key of ${subject}`)
        return decrypted(keyOf(subject).key, keyId, bytes)
      },
    }
  }

  return {
    cipher,
    keyOf,
    erase: (subject) => void erased.add(subject),
    lose: (subject) => void lost.add(subject),
    setAway: (now) => {
      isAway = now
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
    letGo() {
      for (const known of fresh) known.clear()
    },
  }
}

/** The documented bytes: nonce, ciphertext, tag; the key's id is authenticated. */
export function encrypted(key: Buffer, keyId: string, plain: Buffer): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(keyId))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

export function decrypted(key: Buffer, keyId: string, bytes: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(keyId))
  decipher.setAuthTag(bytes.subarray(-16))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()])
  } catch (cause) {
    throw new KafkaError('MR_KAFKA_UNDECODABLE', 'the bytes were altered', { cause })
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

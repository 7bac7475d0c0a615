import { setTimeout as delay } from 'node:timers/promises'
import type { Kafka, Log, RecordCipher } from '@millrace/kafka'
import { localKeyWrapper, parseSecretKeys } from '@millrace/signing'
import type { Redis } from 'ioredis'
import { type BlindIndex, createBlindIndex } from './blind-index.ts'
import { createErasedSubjects } from './erased-subjects.ts'
import { createKeyFilling } from './fill-keys.ts'
import { createFillStore } from './fill-store.ts'
import { createIndexKeys } from './index-keys.ts'
import { createKeyRing, keyMaker } from './key-ring.ts'
import { createKeyStore } from './key-store.ts'
import { createLostKeys } from './lost-keys.ts'
import { createRecordCipher } from './record-cipher.ts'

const FILL_WITHIN_MS = 10_000

export interface Encryption {
  readonly cipher: RecordCipher
  readonly blindIndex: BlindIndex
  /**
   * Resolves once it is known who was erased, which records wait for, and when Redis has the keys, if that takes no longer than 10 s: without them a process
   * makes its own. Rejects while Kafka is away.
   */
  readonly ready: () => Promise<void>
  /** Puts into Redis what came into the keys' topic. Rejects while Kafka or Redis is away. */
  readonly refill: () => Promise<void>
}

export interface EncryptionParts {
  /** `MILLRACE_SECRET_KEYS` */
  readonly secretKeys: string
  /** `MILLRACE_ENCRYPTION` */
  readonly isOn: boolean
  /** Asked when a key is needed for the first time: the Kafka that the cipher is of. */
  readonly kafka: () => Kafka
  /** A connection for keys alone. */
  readonly redis: () => Redis
  readonly log: Log
  readonly signal: AbortSignal
  /** Epoch milliseconds: the day for which keys are made. Default the machine's clock. */
  readonly now?: () => number
}

/** Puts encryption together. Nothing is connected before a key is needed. @throws SigningError `MR_SIGNING_KEYS_FORMAT` */
export function openEncryption({ secretKeys, isOn, kafka, redis, log, signal, now }: EncryptionParts): Encryption {
  const wrapper = localKeyWrapper(parseSecretKeys(secretKeys))
  let asked: Promise<string> | undefined
  const cluster = () => {
    asked ??= kafka()
      .clusterId()
      .catch((error: unknown) => {
        asked = undefined
        throw error
      })
    return asked
  }
  const store = createKeyStore(redis, cluster)
  const filling = createKeyFilling({ kafka, store: createFillStore(redis), log, signal })
  const make = keyMaker(kafka, wrapper)
  const index = createIndexKeys({ kafka, redis, store, filling, wrapper, make, signal })
  const erased = createErasedSubjects(kafka, index)
  const ring = createKeyRing({
    store,
    filling,
    lost: createLostKeys(),
    erased,
    wrapper,
    make,
    log,
    ...(now && { now }),
  })
  return {
    cipher: createRecordCipher(ring, isOn),
    blindIndex: createBlindIndex(index),
    refill: filling.rest,
    ready: async () => {
      await erased.prepare([])
      const filled = filling.rest().catch((error: unknown) => {
        log.warn({ error: (error as Error).message }, 'data keys are not in Redis yet')
      })
      await Promise.race([filled, delay(FILL_WITHIN_MS, undefined, { signal, ref: false })])
    },
  }
}

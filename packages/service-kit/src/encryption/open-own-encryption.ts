import type { Kafka, Log } from '@millrace/kafka'
import type { Redis } from 'ioredis'
import { closeRedis, openRedis, type RedisSettings } from '../redis.ts'
import { type Encryption, openEncryption } from './open-encryption.ts'

export interface OwnEncryption<K extends string | undefined = string | undefined> {
  /** Undefined without `MILLRACE_SECRET_KEYS`. */
  readonly encryption: K extends string ? Encryption : undefined
  close(): Promise<void>
}

export interface OwnEncryptionSettings<K extends string | undefined = string | undefined> extends RedisSettings {
  readonly secretKeys: K
  /** `MILLRACE_ENCRYPTION`: whether what is written is encrypted. Reading needs only the keys. */
  readonly encryption: boolean
}

/**
 * What opens encrypted records for programs that are no service. Redis is connected when the first key is needed.
 * @param kafka the client that is connected with the cipher
 * @throws SigningError `MR_SIGNING_KEYS_FORMAT`
 */
export function openOwnEncryption<K extends string | undefined>(
  settings: OwnEncryptionSettings<K>,
  kafka: () => Kafka,
  log: Log,
): OwnEncryption<K>
export function openOwnEncryption(settings: OwnEncryptionSettings, kafka: () => Kafka, log: Log): OwnEncryption {
  const { secretKeys, encryption: isOn } = settings
  if (secretKeys === undefined) return { encryption: undefined, close: async () => {} }
  let redis: Redis | undefined
  const stopping = new AbortController()
  const encryption = openEncryption({
    ...{ secretKeys, isOn, kafka, log, signal: stopping.signal },
    redis: () => {
      redis ??= openRedis(settings, log)
      return redis
    },
  })
  return {
    encryption,
    close: async () => {
      stopping.abort()
      if (redis !== undefined) await closeRedis(redis)
    },
  }
}

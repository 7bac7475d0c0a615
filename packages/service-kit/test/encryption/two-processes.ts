import { connectKafka, type Kafka, type KeyLife, type RecordCipher } from '@millrace/kafka'
import { type Topic, topics } from '@millrace/schemas'
import { newSecretKey } from '@millrace/signing'
import { patient } from '@millrace/test-support'
import type { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import type { BlindIndex } from '../../src/encryption/blind-index.ts'
import { openEncryption } from '../../src/encryption/open-encryption.ts'
import { closeRedis, openRedis } from '../../src/redis.ts'
import { recordingLog } from '../recording-log.ts'

export interface Process {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly cipher: RecordCipher
  readonly blindIndex: BlindIndex
  ready(): Promise<void>
  encrypt(
    subject: string,
    text: string,
    life?: KeyLife,
  ): Promise<{ readonly keyId: string; readonly bytes: Buffer } | 'erased' | 'plain'>
  decrypt(sealed: { readonly keyId: string; readonly bytes: Buffer }): Promise<string>
}

export interface Installation {
  readonly prefix: string
  readonly keys: string
  start(options?: {
    readonly redisUrl?: string
    readonly secretKeys?: string
    readonly isOn?: boolean
    readonly now?: () => number
    readonly atEnd?: AtEnd
  }): Process
}

type AtEnd = (close: () => Promise<void>) => void

let count = 0

/** Topics of keys and erasures of its own, and processes that share them as services do; closed at the end of the test, unless `atEnd` says otherwise. */
export async function installation(atEnd: AtEnd = onTestFinished): Promise<Installation> {
  count += 1
  const prefix = `enc${process.pid}-${Date.now()}-${count}.`
  const keys = newSecretKey('test')
  const start: Installation['start'] = (options = {}) => startProcess(prefix, { secretKeys: keys, atEnd, ...options })
  const wanted = [topics.keys, topics.erasures] as unknown as readonly Topic<unknown>[]
  const first = start()
  await first.kafka.ensureTopics(wanted, { eventPartitions: 2, replication: 1 })
  await first.ready()
  return { prefix, keys, start }
}

function startProcess(
  prefix: string,
  {
    redisUrl,
    secretKeys,
    isOn = true,
    now = Date.now,
    atEnd,
  }: { redisUrl?: string; secretKeys: string; isOn?: boolean; now?: () => number; atEnd: AtEnd },
): Process {
  const { logger: log } = recordingLog()
  const brokers = (process.env.KAFKA_BROKERS ?? '').split(',')
  const redis = openRedis({ redisUrl: redisUrl ?? process.env.REDIS_URL ?? '', redisPrefix: prefix }, log, {
    // Where something lies between it is there to be silent; a Redis that is merely busy must not count as away.
    commandTimeout: redisUrl === undefined ? 10_000 : 500,
  })
  const stopping = new AbortController()
  const { cipher, blindIndex, ready } = openEncryption({
    ...{ secretKeys, isOn, log, now, signal: stopping.signal },
    kafka: () => kafka,
    redis: () => redis,
  })
  const kafka: Kafka = connectKafka({ ...patient, brokers, clientId: 'encryption-test', log, prefix, cipher })
  atEnd(async () => {
    stopping.abort()
    await kafka.close(2_000)
    await closeRedis(redis)
  })
  return {
    ...{ kafka, redis, cipher, blindIndex, ready },
    async encrypt(subject, text, life) {
      await cipher.prepareWrite([subject], life)
      return cipher.encrypt(subject, Buffer.from(text), life)
    },
    async decrypt({ keyId, bytes }) {
      await cipher.prepareRead([keyId])
      return cipher.decrypt(keyId, bytes).toString()
    },
  }
}

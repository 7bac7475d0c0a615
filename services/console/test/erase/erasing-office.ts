import { randomBytes } from 'node:crypto'
import { topicKey } from '@millrace/domain'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { allTopics, type Topic } from '@millrace/schemas'
import { openOwnEncryption } from '@millrace/service-kit'
import { newSecretKey } from '@millrace/signing'
import { patient, quietLog, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { createContentEncryption } from '../../src/content-encryption.ts'
import { startLedger } from '../../src/ledger/ledger.ts'
import { type Answer, type Person, startOffice } from '../approve/people.ts'
import { untilProjected } from '../support/ledger-under-test.ts'

export type ErasingOffice = Awaited<ReturnType<typeof startErasing>>

/** A console with people in it, its ledger, and topics and keys of its own in the run's Kafka and Redis. */
export async function startErasing() {
  const prefix = `t${randomBytes(5).toString('hex')}.`
  const secretKeys = newSecretKey('k1')
  const redisUrl = process.env.REDIS_URL ?? ''
  // What the tests put there and look for.
  const redis = new Redis(redisUrl, { keyPrefix: prefix })
  let made: Kafka | undefined
  const kafka = () => made as Kafka
  const keys = openOwnEncryption({ redisUrl, redisPrefix: prefix, secretKeys, encryption: true }, kafka, quietLog)
  const { encryption } = keys
  made = connectKafka({
    ...patient,
    brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
    clientId: 'test',
    log: quietLog,
    prefix,
    cipher: encryption.cipher,
  })
  await made.ensureTopics(allTopics(), { eventPartitions: 2, replication: 1 })
  await encryption.ready()
  const env = { MILLRACE_SECRET_KEYS: secretKeys, MILLRACE_ENCRYPTION: 'true', REDIS_PREFIX: prefix }
  const office = await startOffice({ kafka: made, env, encryption })
  const { sealer } = createContentEncryption({ ...encryption, log: quietLog, settings: office.deps.settings } as never)
  const ledger = startLedger({
    database: office.database,
    kafka: made,
    log: quietLog,
    payloadDays: 30,
    days: 30,
    sealer,
  })
  return {
    ...office,
    kafka: made,
    redis,
    ledger,
    encryption,
    secretKeys,
    projected: () => untilProjected(office.database, kafka()),
    put: async <V>(topic: Topic<V>, id: string, value: V | null) =>
      await kafka().send(topic, topicKey('default', id), value),
    /** Waits until an erasure has ended so. */
    ended: (who: Person, id: string, state = 'done') =>
      waitFor(
        async () => {
          const found: Answer = await office.call(who, 'GET', `/erasures/${id}`)
          return found.body.state === state ? found.body : undefined
        },
        { what: `${id} to be ${state}` },
      ),
    async stop() {
      await ledger.close()
      await office.close()
      await kafka().close(1_000)
      await keys.close()
      redis.disconnect()
    },
  }
}

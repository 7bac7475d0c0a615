import { randomBytes } from 'node:crypto'
import { connectKafka } from '@millrace/kafka'
import { allTopics, type DataKey, type Topic, topics } from '@millrace/schemas'
import { patient, quietLog } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { destroyKeys, destroyLeftKeys, readToEnd } from '../../src/index.ts'

const began = Date.now()
const prefix = `t${randomBytes(5).toString('hex')}.`
const kafka = connectKafka({
  ...patient,
  brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
  clientId: 'test',
  log: quietLog,
  prefix,
})
const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: prefix })

beforeAll(async () => {
  await kafka.ensureTopics(
    allTopics().filter(({ name }) => name === topics.keys.name),
    { eventPartitions: 2, replication: 1 },
  )
})
afterAll(async () => {
  await kafka.close(1_000)
  redis.disconnect()
})

/** A key as a writer makes it; `isKnown`: Redis was there. */
async function makeKey(subject: string, isKnown = true): Promise<string> {
  const hex = randomBytes(8).toString('hex')
  const key_id = `${subject}/${hex}`
  const value: DataKey = { tenant: 'default', key_id, wrapped: 'w', created_at: 1 }
  await kafka.send(topics.keys, key_id, value)
  if (isKnown) await redis.hset(`key:${subject}`, hex, 'w', 'current', hex)
  return key_id
}

/** Key ids that the topic still has. */
async function living(): Promise<Set<string>> {
  const found = new Set<string>()
  for await (const { key, value } of readToEnd(kafka, topics.keys as Topic<unknown>))
    if (value === null) found.delete(key ?? '')
    else found.add(key ?? '')
  return found
}

test('every key of a subject is gone from topic and Redis, others stay', async () => {
  const [first, second] = [await makeKey('default/cnv_1'), await makeKey('default/cnv_1')]
  const other = await makeKey('default/cnv_2')
  expect(await destroyKeys({ kafka, redis }, ['default/cnv_1'], 7)).toBe(2)
  const left = await living()
  expect([left.has(first), left.has(second), left.has(other)]).toEqual([false, false, true])
  expect(await redis.hgetall('key:default/cnv_1')).toEqual({ destroyed: '7' })
  expect(await redis.hget('key:default/cnv_2', 'destroyed')).toBeNull()
})

const reading = () => ({ since: began, signal: AbortSignal.timeout(60_000) })

test('a key that was made while Redis was away is destroyed by the look at the topic, and counted', async () => {
  await destroyKeys({ kafka, redis }, ['default/cnv_4'], 7)
  const late = await makeKey('default/cnv_4', false)
  const isErased = (subject: string) => subject === 'default/cnv_4'
  expect(await destroyLeftKeys({ kafka, redis }, isErased, reading())).toBe(1)
  expect((await living()).has(late)).toBe(false)
  expect(await destroyLeftKeys({ kafka, redis }, isErased, reading())).toBe(0)
})

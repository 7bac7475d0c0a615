import { connectKafka, type Kafka, type RecordCipher } from '@millrace/kafka'
import { type Topic, topics } from '@millrace/schemas'
import { openOwnEncryption } from '@millrace/service-kit'
import { localKeyWrapper, newSecretKey, parseSecretKeys } from '@millrace/signing'
import { eventValue, patient, quietLog, waitFor } from '@millrace/test-support'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Env, jsonLines, ownTopics } from './support/millrace.ts'
import { inside } from './support/run-inside.ts'

const topicsEnv = ownTopics()
const prefix = topicsEnv.KAFKA_PREFIX ?? ''
const [old, next] = [newSecretKey('old'), newSecretKey('next')]
const base: Env = { ...topicsEnv, REDIS_PREFIX: prefix }
const env = (secretKeys: string): Env => ({ ...base, MILLRACE_SECRET_KEYS: secretKeys })

beforeAll(async () => {
  expect(await inside(['topics', 'create'], env(old))).toMatchObject({ code: 0 })
})

const client = (cipher?: RecordCipher): Kafka => {
  const brokers = (process.env.KAFKA_BROKERS ?? '').split(',')
  const kafka = connectKafka({
    ...patient,
    brokers,
    clientId: 'keys-test',
    log: quietLog,
    prefix,
    ...(cipher ? { cipher } : {}),
  })
  onTestFinished(() => kafka.close(2_000))
  return kafka
}

/** Writes one event of each conversation, as a service that encrypts. */
async function writeEncrypted(conversations: readonly string[]): Promise<Kafka> {
  const settings = { redisUrl: process.env.REDIS_URL ?? '', redisPrefix: prefix, secretKeys: old, encryption: true }
  const { encryption, close } = openOwnEncryption(settings, () => kafka, quietLog)
  const kafka = client(encryption?.cipher)
  onTestFinished(close)
  await encryption?.ready()
  // A record itself waits for its key no longer than for the brokers.
  await encryption?.cipher.prepareWrite(
    conversations.map((id) => `default/${id}`),
    'aging',
  )
  for (const id of conversations)
    await kafka.send(topics.events, `default/${id}`, eventValue({ event_id: `evt_${id}`, conversation_id: id }))
  return kafka
}

async function keyIdOf(kafka: Kafka, subject: string): Promise<string> {
  for await (const { key } of kafka.read(topics.keys as unknown as Topic<unknown>, { untilEnd: true }))
    if (key?.startsWith(`${subject}/`)) return key
  throw new Error(`${subject} has no key`)
}

test('the master key is changed: keys are wrapped anew, destroyed ones stay so, and records open with the new one alone', async () => {
  const kafka = await writeEncrypted(['cnv_1', 'cnv_2', 'cnv_3'])
  await kafka.send(topics.keys, await keyIdOf(kafka, 'default/cnv_3'), null)

  expect(await inside(['keys', 'check'], env(old))).toMatchObject({
    code: 0,
    out: expect.stringContaining('2 wrapped by old'),
  })
  const wrong = await inside(['keys', 'check'], env(next))
  expect(wrong).toMatchObject({ code: 1, out: expect.stringContaining('2 do not open') })

  const done = await inside(['keys', 'rewrap'], env(`${next},${old}`))
  expect(done).toMatchObject({ code: 0, out: '2 of 2 data keys were wrapped anew\n' })
  expect((await inside(['keys', 'rewrap', '--json'], env(`${next},${old}`))).out).toContain('"rewrapped":0')
  const { code, out } = await inside(['keys', 'check', '--json'], env(next))
  expect([code, JSON.parse(out)]).toEqual([0, { keys: 2, destroyed: 1, by_master_key: { next: 2 }, unopened: 0 }])

  const tailed = await inside(['tail', 'events', '--until-end'], env(next))
  expect(
    jsonLines(tailed.out)
      .map(({ key }) => key)
      .sort(),
  ).toEqual(['default/cnv_1', 'default/cnv_2'])
})

test('a key that was destroyed while it was wrapped anew is destroyed again', async () => {
  const kafka = client()
  const id = 'default/cnv_7/0123456789abcdef'
  const wrapped = await localKeyWrapper(parseSecretKeys(next)).wrap(Buffer.alloc(32, 7), id)
  const value = { tenant: 'default', key_id: id, wrapped, created_at: Date.now() }
  await kafka.send(topics.keys, id, value)
  // As if the null had come between the reading of the key and its writing.
  await kafka.send(topics.keys, id, null)
  await kafka.send(topics.keys, id, value)
  const done = await inside(['keys', 'rewrap'], env(next))
  expect(done.out).toContain('1 of them were erased meanwhile')
  await waitFor(async () => (await lastOf(kafka, id)) === null, { what: 'a null of the key' })
})

test('without the master keys a command says what it lacks', async () => {
  expect(await inside(['keys', 'check'], base)).toMatchObject({
    code: 1,
    err: expect.stringContaining('MILLRACE_SECRET_KEYS'),
  })
})

async function lastOf(kafka: Kafka, id: string) {
  let last = null
  for await (const record of kafka.read(topics.keys as unknown as Topic<unknown>, { untilEnd: true }))
    if (record.key === id) last = kafka.decode(topics.keys, record)
  return last
}

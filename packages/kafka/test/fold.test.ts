import { waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createStateStore, type Kafka } from '../src/index.ts'
import type { Meeting } from './support/child/meet-request.ts'
import { connectForTest, randomName, range, readAll, setUpTopics, sharedBrokers } from './support/kafka.ts'
import { startMember } from './support/member-process.ts'
import { createTestKeys } from './support/test-keys.ts'
import { bytesTopic, sealedTopic } from './support/topics.ts'

const prefix = randomName()
const names = ['torn', 'stalled', 'together', 'overtaken'] as const
type Name = (typeof names)[number]
/** The one whose records and states are encrypted. */
const SEALED: Name = 'torn'
const secret = randomName()
const topicOf = (name: Name) => (name === SEALED ? sealedTopic : bytesTopic)
const from = (name: Name) => topicOf(name)(`${name}.observations`, { partitions: 2 })
const alsoFrom = (name: Name) => bytesTopic(`${name}.reads`, { partitions: 2 })
const into = (name: Name) => topicOf(name)(`${name}.states`, { partitions: 2, cleanup: 'compact' })
setUpTopics(
  prefix,
  names.flatMap((name) => [from(name), alsoFrom(name), into(name)]),
)

const redisUrl = process.env.REDIS_URL ?? ''
const keys = range(4).map((n) => `key-${n}`)

function member(name: Name, meeting?: Meeting, isTogether = false) {
  return startMember({
    kind: 'fold',
    brokers: sharedBrokers(),
    prefix,
    group: name,
    from: from(name).name,
    into: into(name).name,
    ...(isTogether ? { alsoFrom: alsoFrom(name).name } : {}),
    sessionTimeoutMs: 3_000,
    redisUrl,
    ...(name === SEALED ? { sealedBy: secret } : {}),
    ...(meeting === undefined ? {} : { meeting }),
  })
}

afterAll(async () => {
  const redis = new Redis(redisUrl)
  const own = await redis.keys(`state:${prefix}*`)
  if (own.length > 0) await redis.del(own)
  redis.disconnect()
})

const connect = () => connectForTest({ prefix, cipher: createTestKeys(secret).cipher() })

async function observe(kafka: Kafka, name: Name, value: string, topic = from(name)): Promise<void> {
  await Promise.all(keys.map((key) => kafka.send(topic, key, Buffer.from(value))))
}

/** Every published state of each key, oldest first. */
async function published(kafka: Kafka, name: Name): Promise<Record<string, string[]>> {
  const states: Record<string, string[]> = {}
  for (const record of await readAll(kafka, into(name))) {
    const place = record.key ?? ''
    states[place] = [...(states[place] ?? []), String(kafka.decode(into(name), record))]
  }
  return states
}

async function untilPublished(kafka: Kafka, name: Name, state: string): Promise<Record<string, string[]>> {
  return waitFor(
    async () => {
      const states = await published(kafka, name)
      return keys.every((key) => states[key]?.at(-1) === state) && states
    },
    { what: `"${state}" to be the last state of every key`, everyMs: 200 },
  )
}

/** Each state holds at least what the one before it held. */
function expectNothingOlderWins(states: Record<string, string[]>): void {
  for (const list of Object.values(states)) {
    for (const [n, state] of list.entries()) {
      const before = list[n - 1]?.split(' ') ?? []
      expect(before.filter((value) => !state.split(' ').includes(value))).toEqual([])
    }
  }
}

/** States as they rest. */
async function storedStates(group: string): Promise<(Buffer | null)[]> {
  const redis = new Redis(redisUrl)
  onTestFinished(() => redis.disconnect())
  const names = await redis.keys(`state:${prefix}${group}:*:key-*`)
  expect(names).toHaveLength(keys.length)
  return Promise.all(names.map((name) => redis.hgetBuffer(name, 's')))
}

async function storedVersions(group: string): Promise<Map<string, number>> {
  const redis = new Redis(redisUrl)
  onTestFinished(() => redis.disconnect())
  const { kafka } = connect()
  const store = createStateStore<string>({
    redis,
    prefix: `state:${prefix}${group}:${await kafka.clusterId()}:`,
    encode: (state) => state,
    decode: (bytes) => bytes.toString(),
    cipher: kafka.cipher,
  })
  const entries = await store.load(keys)
  return new Map([...entries].map(([key, { version, publishedVersion }]) => [key, version - publishedVersion]))
}

test('a member killed between its write to Redis and the commit: the state it left, encrypted, is published, none is skipped', async () => {
  const { kafka } = connect()
  await observe(kafka, 'torn', 'a')
  await member('torn', { api: 'EndTxn', how: 'kill' }).said('kill before EndTxn')
  const left = [...(await storedVersions('torn')).values()]
  expect(left).toContain(1)
  member('torn')
  expectNothingOlderWins(await untilPublished(kafka, 'torn', 'a'))
  await observe(kafka, 'torn', 'b')
  expectNothingOlderWins(await untilPublished(kafka, 'torn', 'a b'))
  await waitFor(async () => [...(await storedVersions('torn')).values()].every((unpublished) => unpublished === 0), {
    what: 'every version to be noted as published',
  })
  for (const state of await storedStates('torn')) expect(String(state)).not.toContain('a b')
})

test('a member stalled between its write to Redis and the commit: what it had in hand never follows what came later', async () => {
  const { kafka } = connect()
  await observe(kafka, 'stalled', 'a')
  const stalled = member('stalled', { api: 'EndTxn', how: 'stop' })
  await stalled.said('stop before EndTxn')
  const successor = member('stalled')
  await successor.said('joined')
  await observe(kafka, 'stalled', 'b')
  await untilPublished(kafka, 'stalled', 'a b')
  stalled.goOn()
  await stalled.said('fenced by another owner')
  await observe(kafka, 'stalled', 'c')
  expectNothingOlderWins(await untilPublished(kafka, 'stalled', 'a b c'))
})

test('two topics folded together: states of a key come in the order in which they grew, whoever is killed in between', async () => {
  const { kafka } = connect()
  const values = range(30).map((n) => String(n).padStart(2, '0'))
  const first = member('together', undefined, true)
  await first.said('joined')
  const sendSome = async (some: readonly string[]) => {
    for (const [n, value] of some.entries())
      await observe(kafka, 'together', value, n % 2 === 0 ? from('together') : alsoFrom('together'))
  }
  await sendSome(values.slice(0, 10))
  const second = member('together', { api: 'EndTxn', how: 'kill' }, true)
  await second.said('joined')
  await Promise.all([sendSome(values.slice(10, 20)), second.said('kill before EndTxn')])
  first.kill()
  member('together', undefined, true)
  await sendSome(values.slice(20))
  expectNothingOlderWins(await untilPublished(kafka, 'together', values.join(' ')))
})

test('an owner stalled in one topic commits nothing any more once another has the partitions of both', async () => {
  const { kafka } = connect()
  await observe(kafka, 'overtaken', 'a')
  const stalled = member('overtaken', { api: 'EndTxn', how: 'stop' }, true)
  await stalled.said('stop before EndTxn')
  await observe(kafka, 'overtaken', 'b', alsoFrom('overtaken'))
  const successor = member('overtaken', undefined, true)
  await successor.said('joined')
  await untilPublished(kafka, 'overtaken', 'a b')
  stalled.goOn()
  await stalled.said('fenced by another owner')
  await observe(kafka, 'overtaken', 'c', alsoFrom('overtaken'))
  expectNothingOlderWins(await untilPublished(kafka, 'overtaken', 'a b c'))
})

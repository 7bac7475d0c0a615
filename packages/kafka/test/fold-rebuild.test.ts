import { randomBytes } from 'node:crypto'
import { deadLetterTopic, type Topic } from '@millrace/schemas'
import { ownTime, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Kafka, output, permanent, startFold } from '../src/index.ts'
import { connectForTest, randomName, readValues, setUpTopics } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const names = ['emptied', 'repeated', 'closed', 'poisoned'] as const
type Name = (typeof names)[number]
const from = (name: Name) => bytesTopic(`${name}.observations`)
const into = (name: Name) => bytesTopic(`${name}.states`, { cleanup: 'compact' })
const dead = (name: Name) => deadLetterTopic(from(name) as Topic<unknown>, name) as unknown as Topic<Buffer>
setUpTopics(
  prefix,
  names.flatMap((name) => [from(name), into(name), dead(name)]),
)

let keyPrefix: string
let redis: Redis
beforeEach(() => {
  keyPrefix = `fold:${randomBytes(4).toString('hex')}:`
  redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix })
  onTestFinished(async () => {
    await emptyRedis()
    redis.disconnect()
  })
})

async function emptyRedis(): Promise<void> {
  const keys = await redis.keys(`${keyPrefix}*`)
  if (keys.length > 0) await redis.del(keys.map((key) => key.slice(keyPrefix.length)))
}

interface Started {
  readonly kafka: Kafka
  readonly lines: () => string[]
  readonly fold: ReturnType<typeof startFold<Buffer, string[]>>
}

/** State of a key: every value that was seen under it, sorted; published in the opposite order, which is not how a fold writes it. */
async function start(name: Name, { isEndless = false } = {}): Promise<Started> {
  const { kafka, log } = connectForTest({ prefix })
  const states = into(name)
  const sorted = (values: string[]) => [...new Set(values)].toSorted()
  const fold = startFold<Buffer, string[]>({
    kafka,
    redis,
    log,
    group: name,
    from: from(name),
    into: [states],
    clusterId: await kafka.clusterId(),
    fold: (known = [], { value }) => {
      if (String(value) === 'poison') throw permanent('MR_TEST_POISON', 'cannot be folded')
      return sorted([...known, String(value)])
    },
    publish: (key, state) => output({ topic: states, key, value: Buffer.from(state.toReversed().join(' ')) }),
    published: async function* (signal) {
      for await (const { key, value } of kafka.read(states, { untilEnd: !isEndless, signal })) {
        yield [key ?? '', String(value).split(' ')]
      }
    },
    join: (known, published) => sorted([...known, ...published]),
    encode: (state) => state.join(' '),
    decode: (bytes) => bytes.toString().split(' '),
  })
  onTestFinished(() => fold.close(0))
  return { kafka, fold, lines: () => log.lines.map(({ message }) => message) }
}

const observe = (kafka: Kafka, name: Name, value: string) => kafka.send(from(name), 'key', Buffer.from(value))

/** Everything that was published, once `last` is the end of it: a commit is acknowledged a little before it can be read. */
async function publishedUpTo(last: string, { kafka, fold }: Started, name: Name): Promise<string[]> {
  await fold.caughtUp()
  const what = `"${last}" to be published last`
  return waitFor(
    async () => {
      const states = await readValues(kafka, into(name))
      return states.at(-1) === last && states
    },
    { what, everyMs: 100 },
  )
}

test('after Redis was emptied, folding goes on from what was published', async () => {
  const started = await start('emptied')
  await observe(started.kafka, 'emptied', 'a')
  await publishedUpTo('a', started, 'emptied')
  await emptyRedis()
  await observe(started.kafka, 'emptied', 'b')
  expect(await publishedUpTo('b a', started, 'emptied')).toEqual(['a', 'b a'])
})

test('a first start needs no rebuild, and says nothing of one', async () => {
  const started = await start('repeated')
  await observe(started.kafka, 'repeated', 'a')
  await observe(started.kafka, 'repeated', 'b')
  await publishedUpTo('b a', started, 'repeated')
  expect(started.lines().filter((line) => /state|batch/.test(line))).toEqual([])
})

test('state that was read back is no news when its records come again', async () => {
  const started = await start('repeated')
  const before = await publishedUpTo('b a', started, 'repeated')
  await emptyRedis()
  await observe(started.kafka, 'repeated', 'a')
  await waitFor(() => started.lines().includes('state rebuilt'), { what: 'the rebuild' })
  await observe(started.kafka, 'repeated', 'c')
  expect(await publishedUpTo('c b a', started, 'repeated')).toEqual([...before, 'c b a'])
})

test('a close during a rebuild waits neither for it nor for the records that wait', async () => {
  const first = await start('closed')
  await observe(first.kafka, 'closed', 'a')
  await publishedUpTo('a', first, 'closed')
  await first.fold.close()
  await emptyRedis()
  const second = await start('closed', { isEndless: true })
  await observe(second.kafka, 'closed', 'b')
  await waitFor(() => second.fold.isRebuilding(), { what: 'the rebuild to begin' })
  const since = ownTime()
  await second.fold.close()
  expect(ownTime() - since).toBeLessThan(2_000)
  expect(second.fold.isRebuilding()).toBe(false)
})

test('a record given up on at the end of a batch is not taken for lost state', async () => {
  const started = await start('poisoned')
  await observe(started.kafka, 'poisoned', 'a')
  await observe(started.kafka, 'poisoned', 'poison')
  await started.fold.caughtUp()
  await observe(started.kafka, 'poisoned', 'b')
  await publishedUpTo('b a', started, 'poisoned')
  expect(started.lines()).toContain('record sent to the dead-letter topic')
  expect(started.lines()).not.toContain('Redis lacks state, reading it back from its topics')
})

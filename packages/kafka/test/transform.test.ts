import { type Attempt, schemas, type Topic, type WireFormat } from '@millrace/schemas'
import { attemptValue, startKafkaProxy, waitFor } from '@millrace/test-support'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type InRecord,
  type Kafka,
  output,
  permanent,
  type SkippingBatch,
  type TransformOptions,
  transient,
} from '../src/index.ts'
import { viewGroup } from './support/consuming.ts'
import {
  bareAdmin,
  bareClient,
  connectForTest,
  counted,
  randomName,
  range,
  readAll,
  readValues,
  setUpTopics,
  sharedBrokers,
} from './support/kafka.ts'
import { bytesTopic, narrowed } from './support/topics.ts'

const prefix = randomName()
const names = [
  'gap',
  'plain',
  'fenced',
  'poison',
  'bug',
  'transient',
  'refused',
  'answers',
  'tables',
  'backlog',
  'linger',
  'arrival',
  'pending',
  'markers',
] as const
type Name = (typeof names)[number]
const from = (name: Name) => bytesTopic(`${name}.in`, { partitions: 2 })
const into = (name: Name) => bytesTopic(`${name}.out`, { partitions: 2 })
const letters = (name: Name) => bytesTopic(`${name}.in.dlq.${name}`, { partitions: 2 })
const narrow = bytesTopic('refused.narrow', { partitions: 2 })
setUpTopics(prefix, [narrowed(narrow, 20_000), ...names.flatMap((name) => [from(name), into(name), letters(name)])])

const keys = range(6).map((n) => `key-${n}`)

/** `count` records for each key, one after the other. */
async function fill(kafka: Kafka, topic: Topic<Buffer>, count: number, start = 0): Promise<string[]> {
  const values = range(count).flatMap((n) => keys.map((key) => `${key}:${n + start}`))
  await Promise.all(values.map((value) => kafka.send(topic, value.split(':')[0] ?? '', Buffer.from(value))))
  return values
}

const copyOf = (topic: Topic<Buffer>, record: InRecord<Buffer>) =>
  output({ topic, key: record.key, value: record.value, cause: record })

/** Passes every record on; what `apply` does besides is up to the test. */
function startCopy(kafka: Kafka, name: Name, overrides: Partial<TransformOptions<Buffer>> = {}) {
  return kafka.transform<Buffer>({
    group: name,
    from: [from(name)],
    apply: async ({ records }) => ({ outputs: records.map((record) => copyOf(into(name), record)) }),
    ...overrides,
  })
}

/** A commit is acknowledged a little before what it wrote can be read, and so are the offsets. */
async function untilWritten(kafka: Kafka, topic: Topic<Buffer>, values: readonly string[]): Promise<string[]> {
  return waitFor(
    async () => {
      const seen = await readValues(kafka, topic)
      return new Set(seen).size >= values.length && seen
    },
    { what: `${values.length} values in ${topic.name}`, everyMs: 100 },
  )
}

function expectEachOnceInOrder(seen: readonly string[], values: readonly string[]): void {
  expect(counted(seen)).toEqual(counted(values))
  for (const key of keys) {
    const own = (list: readonly string[]) => list.filter((value) => value.startsWith(`${key}:`))
    expect(own(seen)).toEqual(own(values))
  }
}

const error = (headers: ReadonlyMap<string, Buffer>) => String(headers.get('x-error-code'))

test('each record is passed on once, in order per key, while a second member joins and leaves', async () => {
  const { kafka } = connectForTest({ prefix })
  const second = connectForTest({ prefix })
  const running = startCopy(kafka, 'plain', { maxBatch: 20 })
  await running.joined
  const sent = await fill(kafka, from('plain'), 50)
  const joining = startCopy(second.kafka, 'plain', { maxBatch: 20 })
  sent.push(...(await fill(kafka, from('plain'), 50, 50)))
  await joining.joined
  sent.push(...(await fill(kafka, from('plain'), 50, 100)))
  await joining.close()
  sent.push(...(await fill(kafka, from('plain'), 50, 150)))
  expectEachOnceInOrder(await untilWritten(kafka, into('plain'), sent), sent)
  await running.caughtUp()
  expect(await readValues(kafka, into('plain'))).toHaveLength(sent.length)
})

test('a group begins at the start of its topics, and goes on from its commits', async () => {
  const first = connectForTest({ prefix })
  const sent = await fill(first.kafka, from('backlog'), 20)
  const before = startCopy(first.kafka, 'backlog')
  await untilWritten(first.kafka, into('backlog'), sent)
  await before.close()
  const { kafka } = connectForTest({ prefix })
  sent.push(...(await fill(kafka, from('backlog'), 20, 20)))
  const after = startCopy(kafka, 'backlog')
  expectEachOnceInOrder(await untilWritten(kafka, into('backlog'), sent), sent)
  await after.caughtUp()
  const ends = await kafka.ends(from('backlog'))
  const group = await viewGroup(prefix, 'backlog', from('backlog'))
  for (const [partition, end] of ends) await group.untilCommitted(Number(end), partition)
  const committed = await after.committed(from('backlog'))
  expect([...committed].toSorted()).toEqual([...ends].toSorted())
})

test('records that were removed before they were read are a loud gap, and the group goes on behind it', async () => {
  const first = connectForTest({ prefix })
  const before = await fill(first.kafka, from('gap'), 5)
  const running = startCopy(first.kafka, 'gap')
  await untilWritten(first.kafka, into('gap'), before)
  await running.close()
  await fill(first.kafka, from('gap'), 5, 5)
  const admin = await bareAdmin()
  const topic = `${prefix}${from('gap').name}`
  const ends = await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({
    topic,
    partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
  })
  const { kafka, log } = connectForTest({ prefix })
  const after = startCopy(kafka, 'gap')
  await after.joined
  const sent = await fill(kafka, from('gap'), 5, 10)
  expectEachOnceInOrder(await untilWritten(kafka, into('gap'), [...before, ...sent]), [...before, ...sent])
  expect(log.count('offset gap: records were removed before they were read')).toBe(2)
})

test('fenceAll makes owners join again, and nothing is doubled or lost', async () => {
  const { kafka, log } = connectForTest({ prefix })
  const running = startCopy(kafka, 'fenced', { maxBatch: 10 })
  const sent = await fill(kafka, from('fenced'), 30)
  await untilWritten(kafka, into('fenced'), sent)
  const filling = fill(kafka, from('fenced'), 60, 30)
  await running.fenceAll()
  sent.push(...(await filling))
  // What came before may have been committed already when the fences stood.
  sent.push(...(await fill(kafka, from('fenced'), 5, 90)))
  expectEachOnceInOrder(await untilWritten(kafka, into('fenced'), sent), sent)
  expect(log.count('fenced by another owner')).toBeGreaterThanOrEqual(1)
  expect(log.count('leaving the group to join again')).toBeGreaterThanOrEqual(1)
})

describe('a record that cannot be handled', () => {
  const attempts: Topic<Attempt> = { ...(from('poison') as Topic<never>), schema: schemas.Attempt }

  test('goes to the dead-letter topic as it is when it cannot be decoded, with where and why', async () => {
    const { kafka } = connectForTest({ prefix })
    const good = range(5).map((n) => attempt(`delivery-${n}`))
    for (const [n, value] of good.entries()) {
      await kafka.send(attempts, 'k', value)
      if (n === 2) await kafka.send(from('poison'), 'k', Buffer.from('not Avro'), { headers: { 'x-own': 'kept' } })
    }
    const running = kafka.transform<Attempt>({
      group: 'poison',
      from: [attempts],
      apply: async ({ records }) => ({
        outputs: records.map(({ key, value }) =>
          output({ topic: into('poison'), key, value: Buffer.from(value?.delivery_id ?? '') }),
        ),
      }),
    })
    const seen = await untilWritten(kafka, into('poison'), range(5).map(String))
    expect(seen).toEqual(good.map(({ delivery_id }) => delivery_id))
    await running.caughtUp()
    const [letter, ...others] = await readAll(kafka, letters('poison'))
    expect(others).toEqual([])
    expect(letter).toMatchObject({ key: 'k', value: Buffer.from('not Avro') })
    const headers = letter?.headers ?? new Map<string, Buffer>()
    expect(error(headers)).toBe('MR_KAFKA_UNDECODABLE')
    expect(String(headers.get('x-own'))).toBe('kept')
    expect(String(headers.get('kafka_dlt-original-topic'))).toBe('poison.in')
    expect(String(headers.get('kafka_dlt-original-consumer-group'))).toBe('poison')
    expect(headers.get('kafka_dlt-original-offset')?.readBigInt64BE()).toBe(3n)
    expect(headers.get('kafka_dlt-original-partition')?.readInt32BE()).toBe(letter?.partition)
  })

  test('waits, and does not go there, while the registry is asked for its schema', async () => {
    let asked = 0
    const wire: WireFormat = {
      encode: (_, value) => value as Buffer,
      decode: (_, value) => {
        if (value.includes('new') && ++asked < 3) throw Object.assign(new Error('being asked'), { retryable: true })
        return value as never
      },
    }
    const { kafka } = connectForTest({ prefix, wire })
    for (const value of ['old', 'new', 'newer']) await kafka.send(from('pending'), 'k', Buffer.from(value))
    const running = startCopy(kafka, 'pending')
    await running.joined
    await running.caughtUp()
    expect(asked).toBeGreaterThanOrEqual(3)
    expect(await untilWritten(kafka, into('pending'), ['old', 'new', 'newer'])).toEqual(['old', 'new', 'newer'])
    expect(await readAll(kafka, letters('pending'))).toEqual([])
  })

  test('goes there alone when apply fails on it, and what it holds is released first', async () => {
    const { kafka } = connectForTest({ prefix })
    const released: string[] = []
    const sent = await fill(kafka, from('bug'), 10)
    const bad = ['key-0:3', 'key-4:7']
    startCopy(kafka, 'bug', {
      apply: async ({ records }) => {
        const values = records.map(({ value }) => String(value))
        if (values.includes('key-0:3')) (undefined as unknown as { fail(): void }).fail()
        if (values.includes('key-4:7')) throw permanent('MR_TEST_NEVER', 'not this one')
        return { outputs: records.map((record) => copyOf(into('bug'), record)) }
      },
      beforeDeadLetter: async (records) => {
        released.push(...records.map(({ value }) => String(value)))
      },
    })
    const good = sent.filter((value) => !bad.includes(value))
    expectEachOnceInOrder(await untilWritten(kafka, into('bug'), good), good)
    const dead = await waitFor(
      async () => {
        const found = await readAll(kafka, letters('bug'))
        return found.length >= 2 && found
      },
      { what: 'two dead letters' },
    )
    const reasons = Object.fromEntries(dead.map(({ value, headers }) => [String(value), error(headers)]))
    expect(reasons).toEqual({ 'key-0:3': 'MR_KAFKA_HANDLER_BUG', 'key-4:7': 'MR_TEST_NEVER' })
    expect(new Set(released)).toEqual(new Set(bad))
  })

  test('goes there alone when the broker refuses its output, and the partition goes on', async () => {
    const { kafka } = connectForTest({ prefix })
    const sent = await fill(kafka, from('refused'), 20)
    const bad = 'key-1:11'
    const running = startCopy(kafka, 'refused', {
      apply: async ({ records }) => ({
        outputs: records.flatMap((record) => {
          const value = String(record.value) === bad ? Buffer.alloc(40_000) : record.value
          return [copyOf(into('refused'), record), output({ topic: narrow, key: record.key, value })]
        }),
      }),
    })
    const good = sent.filter((value) => value !== bad)
    expectEachOnceInOrder(await untilWritten(kafka, narrow, good), good)
    await running.caughtUp()
    expectEachOnceInOrder(await readValues(kafka, into('refused')), good)
    const dead = await readAll(kafka, letters('refused'))
    expect(dead.map(({ value, headers }) => [String(value), error(headers)])).toEqual([[bad, 'MR_KAFKA_TOO_LARGE']])
  })
})

test('a transient error in apply repeats the batch until it works, and nothing is lost', async () => {
  const { kafka } = connectForTest({ prefix })
  let failures = 0
  const sent = await fill(kafka, from('transient'), 20)
  startCopy(kafka, 'transient', {
    apply: async ({ records }) => {
      if (failures++ < 4) throw transient('the other side is away')
      return { outputs: records.map((record) => copyOf(into('transient'), record)) }
    },
  })
  expectEachOnceInOrder(await untilWritten(kafka, into('transient'), sent), sent)
  expect(await readAll(kafka, letters('transient'))).toEqual([])
})

test('nothing is applied before the tables it uses are ready', async () => {
  const { kafka } = connectForTest({ prefix })
  const table = Promise.withResolvers<void>()
  const sent = await fill(kafka, from('tables'), 2)
  let isReady = false
  const early: string[] = []
  const running = startCopy(kafka, 'tables', {
    tables: [{ ready: table.promise }],
    apply: async ({ records }) => {
      if (!isReady) early.push(...records.map(({ id }) => id))
      return { outputs: records.map((record) => copyOf(into('tables'), record)) }
    },
  })
  await waitFor(() => running.health().inFlight >= sent.length, { what: 'records to wait for the table' })
  isReady = true
  table.resolve()
  await untilWritten(kafka, into('tables'), sent)
  expect(early).toEqual([])
})

describe('when an answer is lost in a transaction', () => {
  test.each(['Produce', 'TxnOffsetCommit', 'EndTxn'] as const)(
    'of %s, each record is still written once',
    async (api) => {
      const proxy = await startKafkaProxy(sharedBrokers())
      onTestFinished(() => proxy.close())
      const straight = connectForTest({ prefix })
      const { kafka } = connectForTest({ prefix, brokers: proxy.brokers })
      const running = startCopy(kafka, 'answers', { maxBatch: 15 })
      const before = await readValues(straight.kafka, into('answers'))
      await running.joined
      const lost = proxy.loseAnswers({ api, how: 'cut' })
      const sent = await fill(straight.kafka, from('answers'), 20, before.length)
      await lost
      const expected = [...before, ...sent]
      const seen = await untilWritten(straight.kafka, into('answers'), expected)
      expect(counted(seen)).toEqual(counted(expected))
      await running.caughtUp()
      expect(await readValues(straight.kafka, into('answers'))).toHaveLength(expected.length)
    },
  )
})

const attempt = (delivery_id: string) => attemptValue({ delivery_id })

test('a transform that lingers takes what comes meanwhile into the same batch', async () => {
  const { kafka } = connectForTest({ prefix })
  const sizes: number[] = []
  const transform = startCopy(kafka, 'linger', {
    lingerMs: 500,
    apply: async ({ records }) => {
      sizes.push(records.length)
      return { outputs: records.map((record) => copyOf(into('linger'), record)) }
    },
  })
  await transform.joined
  // So many that not each of them takes longer than that.
  for (const n of range(10)) await kafka.send(from('linger'), 'key-0', Buffer.from(`key-0:${n}`))
  const seen = await untilWritten(
    kafka,
    into('linger'),
    range(10).map((n) => `key-0:${n}`),
  )
  expect(sizes.length).toBeLessThan(10)
  expect(seen).toEqual(range(10).map((n) => `key-0:${n}`))
})

test('records are seen on arrival while the transactions before them still wait, and a fault there changes nothing', async () => {
  const { kafka } = connectForTest({ prefix })
  const arrived: string[] = []
  const gate = Promise.withResolvers<void>()
  const transform = startCopy(kafka, 'arrival', {
    maxBatch: 1,
    onArrival: (records) => {
      arrived.push(...records.map(({ value }) => String(value)))
      throw new Error('on arrival')
    },
    apply: async ({ records }) => {
      await gate.promise
      return { outputs: records.map((record) => copyOf(into('arrival'), record)) }
    },
  })
  await transform.joined
  const values = await fill(kafka, from('arrival'), 2)
  await waitFor(() => new Set(arrived).size === values.length, { what: 'every record to be seen' })
  expect(await readValues(kafka, into('arrival'))).toEqual([])
  gate.resolve()
  expectEachOnceInOrder(await untilWritten(kafka, into('arrival'), values), values)
})

test('what ends a partition without being a record is committed after a quiet time, and told before, for watermarks beside the offsets', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = `${prefix}${from('markers').name}`
  const client = bareClient()
  const open = []
  for (const n of range(3)) {
    const producer = client.producer({ transactionalId: `${prefix}${n}`, maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ key: 'key-0', value: `key-0:${n}`, partition: 0 }] })
    open.push({ producer, transaction })
  }
  for (const [n, { producer, transaction }] of open.entries()) {
    await (n === 2 ? transaction.abort() : transaction.commit())
    await producer.disconnect()
  }
  const skips: SkippingBatch[] = []
  const beforeSkip = async (batch: SkippingBatch) => {
    skips.push(batch)
    if (skips.length === 1) throw transient('once')
  }
  const transform = startCopy(kafka, 'markers', { beforeSkip })
  await transform.caughtUp()
  // Three records, the last of them aborted, and then three markers.
  const group = await viewGroup(prefix, 'markers', from('markers'))
  await group.untilCommitted(6)
  const skip = { topic: from('markers').name, partition: 0, committed: 2n, next: 6n }
  expect(skips).toEqual([skip, skip])
  const key = 'key-0'
  await kafka.send(from('markers'), key, Buffer.from(`${key}:3`))
  const values = [0, 1, 3].map((n) => `${key}:${n}`)
  expectEachOnceInOrder(await untilWritten(kafka, into('markers'), values), values)
})

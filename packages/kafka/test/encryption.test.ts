import { type Attempt, schemas, type Topic } from '@millrace/schemas'
import { attemptValue, waitFor } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { type InRecord, type Kafka, KEY_ID_HEADER, output, type RawRecord, type SkippingBatch } from '../src/index.ts'
import { text, viewGroup } from './support/consuming.ts'
import { connectForTest, randomName, range, readAll, setUpTopics } from './support/kafka.ts'
import { createTestKeys, decrypted, type TestKeys } from './support/test-keys.ts'
import { bytesTopic, sealedTopic } from './support/topics.ts'

const prefix = randomName()
const names = [
  'bytes',
  'passed',
  'waits',
  'due',
  'lost',
  'read',
  'headers',
  'order',
  'table',
  'keyless',
  'copied',
] as const
type Name = (typeof names)[number]
const source = (name: Name) => sealedTopic(`${name}.in`)
const into = (name: Name) => sealedTopic(`${name}.out`)
const letters = (name: Name) => bytesTopic(`${name}.in.dlq.${name}`)
setUpTopics(prefix, [...names.map(source), ...names.map(into), ...names.map(letters)])

/** A process of an installation: what it knows of keys is its own. */
function connect(keys?: TestKeys): Kafka {
  return connectForTest({ prefix, ...(keys === undefined ? {} : { cipher: keys.cipher() }) }).kafka
}

async function write(kafka: Kafka, topic: Topic<Buffer>, values: readonly string[]): Promise<void> {
  for (const value of values) await kafka.send(topic, value.split(':')[0] ?? '', Buffer.from(value))
}

const keyIdOf = (record: RawRecord) => record.headers.get(KEY_ID_HEADER)?.toString()

async function decodedValues(kafka: Kafka, topic: Topic<Buffer>): Promise<string[]> {
  const found: string[] = []
  for await (const record of kafka.read(topic as Topic<unknown>, {
    untilEnd: true,
    signal: AbortSignal.timeout(60_000),
  }))
    found.push(String(kafka.decode(topic, record)))
  return found
}

/** Once there are so many: what a transaction wrote can be read a moment after its commit was answered. */
async function committedValues(kafka: Kafka, topic: Topic<Buffer>, count: number): Promise<string[]> {
  const look = async () => {
    const values = await decodedValues(kafka, topic)
    return values.length >= count && values
  }
  return waitFor(look, { what: `${count} values`, everyMs: 100 })
}

test('a record rests as nonce, ciphertext and tag by the key that its header names; keys of records and nulls stay as they are', async () => {
  const keys = createTestKeys()
  const kafka = connect(keys)
  await write(kafka, source('bytes'), ['t/cnv_1:of Ada'])
  await kafka.send(source('bytes'), 't/cnv_1', null)
  const [record, gone] = await readAll(connect(), source('bytes'))
  const { keyId, key } = keys.keyOf('t/cnv_1')
  expect(record).toMatchObject({ key: 't/cnv_1' })
  expect(record === undefined ? '' : keyIdOf(record)).toBe(keyId)
  expect(String(record?.value)).not.toContain('Ada')
  expect(String(decrypted(key, keyId, record?.value ?? Buffer.alloc(28)))).toBe('t/cnv_1:of Ada')
  expect(gone).toMatchObject({ key: 't/cnv_1', value: null })
  expect(await decodedValues(connect(keys), source('bytes'))).toEqual(['t/cnv_1:of Ada', 'null'])
})

test('records of whom was erased are passed over by a consumer and a transform as if they were not there', async () => {
  const keys = createTestKeys()
  const kafka = connect(keys)
  await write(kafka, source('passed'), ['a:1', 'b:1', 'b:2', 'a:2', 'b:3'])
  keys.erase('b')
  const seen: string[] = []
  const consumer = kafka.consume<Buffer>({
    group: 'passed',
    topics: [source('passed')],
    ordering: 'key',
    handle: async (record) => void seen.push(text(record)),
  })
  const skips: SkippingBatch[] = []
  const applied: InRecord<Buffer>[] = []
  const transform = kafka.transform<Buffer>({
    group: 'passed.copy',
    from: [source('passed')],
    maxBatch: 5,
    apply: async ({ records }) => {
      applied.push(...records)
      const outputs = records.map((record) =>
        output({ topic: into('passed'), key: record.key, value: record.value, cause: record }),
      )
      return {
        outputs: [...outputs, output({ topic: into('passed'), key: 'b', value: Buffer.from('b:brought back') })],
      }
    },
    beforeSkip: async (batch) => void skips.push(batch),
  })
  await Promise.all([consumer.caughtUp(), transform.caughtUp()])
  expect(seen).toEqual(['a:1', 'a:2'])
  expect(applied.map(text)).toEqual(['a:1', 'a:2'])
  expect(skips.at(-1)).toMatchObject({ next: 5n })
  expect(await committedValues(kafka, into('passed'), 2)).toEqual(['a:1', 'a:2'])
  expect(await readAll(kafka, letters('passed'))).toEqual([])
  await (await viewGroup(prefix, 'passed', source('passed'))).untilCommitted(5)
})

test('while keys cannot be reached records wait in order, however long, and none becomes a dead letter', async () => {
  const keys = createTestKeys()
  const kafka = connect(keys)
  await write(kafka, source('waits'), ['a:1', 'a:2', 'b:1'])
  const reader = connect(keys)
  keys.setAway(true)
  const seen: string[] = []
  const consumer = reader.consume<Buffer>({
    group: 'waits',
    topics: [source('waits')],
    ordering: 'key',
    retryForMs: 1,
    handle: async (record) => void seen.push(text(record)),
  })
  const transform = reader.transform<Buffer>({
    group: 'waits.copy',
    from: [source('waits')],
    apply: async ({ records }) => ({
      outputs: records.map((record) => output({ topic: into('waits'), key: record.key, value: record.value })),
    }),
  })
  await waitFor(() => consumer.health().inFlight === 3, { what: 'records to wait' })
  expect(seen).toEqual([])
  keys.setAway(false)
  await Promise.all([consumer.caughtUp(), transform.caughtUp()])
  expect(seen.filter((value) => value.startsWith('a'))).toEqual(['a:1', 'a:2'])
  expect(seen).toHaveLength(3)
  expect(await committedValues(reader, into('waits'), 3)).toEqual(['a:1', 'a:2', 'b:1'])
  expect(await readAll(kafka, letters('waits'))).toEqual([])
})

test('a record that is not due is handed over at its time, also when its key had to be fetched to know it', async () => {
  const keys = createTestKeys()
  await write(connect(keys), source('due'), ['a:1500', 'b:0', 'a:2000'])
  const reader = connect(keys)
  const release = keys.hold()
  const seen: [value: string, at: number][] = []
  let from = 0
  /** Counted from the first look, when the keys have come: joining may take longer than that. */
  const dueAt = (value: string) => {
    const delay = Number(value.split(':')[1])
    from ||= Date.now()
    return delay === 0 ? 0 : from + delay
  }
  const consumer = reader.consume<Buffer>({
    group: 'due',
    topics: [source('due')],
    ordering: 'none',
    notBefore: (record) => dueAt(text(record)),
    handle: async (record) => void seen.push([text(record), Date.now()]),
  })
  await consumer.joined
  release()
  await consumer.caughtUp()
  expect(seen.map(([value]) => value)).toEqual(['b:0', 'a:1500', 'a:2000'])
  // Timers may fire a millisecond early.
  for (const [value, at] of seen) expect(at).toBeGreaterThanOrEqual(dueAt(value) - 2)
})

test('a record whose key nobody knows becomes a dead letter with its bytes, which can be put back and is read once the key is there', async () => {
  const keys = createTestKeys()
  const kafka = connect(keys)
  await write(kafka, source('lost'), ['a:1', 'b:1'])
  const withoutKey = createTestKeys('another secret')
  withoutKey.lose('a')
  withoutKey.lose('b')
  const consumer = connect(withoutKey).consume<Buffer>({
    group: 'lost',
    topics: [source('lost')],
    ordering: 'key',
    handle: async () => {},
  })
  await consumer.caughtUp()
  const dead = await readAll(connect(), letters('lost'))
  expect(dead.map(({ headers }) => String(headers.get('x-error-code')))).toEqual([
    'MR_KAFKA_KEY_LOST',
    'MR_KAFKA_KEY_LOST',
  ])
  const [letter] = dead
  await kafka.send(source('lost'), 'a', letter?.value ?? null, {
    headers: { [KEY_ID_HEADER]: keyIdOf(letter as RawRecord) ?? '' },
  })
  expect(await decodedValues(connect(keys), source('lost'))).toEqual(['a:1', 'b:1', 'a:1'])
})

test('readers do not get what was erased, and can decode what they get however long they take', async () => {
  const keys = createTestKeys()
  const kafka = connect(keys)
  await write(kafka, source('read'), ['a:1', 'b:1', 'a:2', 'c:1'])
  keys.erase('b')
  const slow = connect(keys)
  const seen: string[] = []
  for await (const record of slow.read(source('read') as Topic<unknown>, { untilEnd: true })) {
    seen.push(String(slow.decode(source('read'), record)))
    keys.letGo()
  }
  expect(seen).toEqual(['a:1', 'a:2', 'c:1'])
  const stop = new AbortController()
  const places = []
  for await (const { records, next } of slow.readBatches([source('read') as Topic<unknown>], { signal: stop.signal })) {
    places.push(...next)
    expect(records.map((record) => String(slow.decode(source('read'), record)))).not.toContain('b:1')
    if (places.at(-1)?.offset === 4n) stop.abort()
  }
  expect(places.at(-1)).toMatchObject({ offset: 4n })
})

test('who looks at keys and headers alone gets records of whom was erased too, and needs no data key', async () => {
  const keys = createTestKeys()
  const kafka = connect(keys)
  await write(kafka, source('headers'), ['a:1', 'b:1'])
  keys.erase('b')
  keys.setAway(true)
  const seen: unknown[] = []
  const reading = { untilEnd: true, unopened: true } as const
  for await (const record of connect(keys).read(source('headers') as Topic<unknown>, reading))
    seen.push([record.key, keyIdOf(record)])
  expect(seen).toEqual([
    ['a', keys.keyOf('a').keyId],
    ['b', keys.keyOf('b').keyId],
  ])
})

test('what is sent about whom was erased is not written and says so; what waits for its key is not overtaken', async () => {
  const keys = createTestKeys()
  const kafka = connect(keys)
  keys.erase('gone')
  expect(await kafka.send(source('order'), 'gone', Buffer.from('gone:1'))).toMatchObject({
    isErased: true,
    offset: -1n,
  })
  const release = keys.hold()
  const sent = range(5).map((n) => kafka.send(source('order'), 'a', Buffer.from(`a:${n}`)))
  const end = kafka.send(source('order'), 'a', null)
  release()
  await Promise.all([...sent, end])
  expect(await decodedValues(kafka, source('order'))).toEqual([...range(5).map((n) => `a:${n}`), 'null'])
})

test('a send whose key cannot be had is refused in time, and may be tried again', async () => {
  const keys = createTestKeys()
  const kafka = connect(keys)
  const release = keys.hold()
  await expect(kafka.send(source('order'), 'late', Buffer.from('late:1'))).rejects.toMatchObject({
    code: 'MR_KAFKA_KEY_PENDING',
    retryable: true,
    statusCode: 503,
  })
  release()
})

test('a table shows what is encrypted once it has the keys, and nothing of whom was erased', async () => {
  const keys = createTestKeys()
  await write(connect(keys), source('table'), ['a:1', 'b:1', 'a:2'])
  keys.erase('b')
  const table = connect(keys).table(source('table'))
  await table.ready
  expect(Array.from(table.entries(), ([key, value]) => [key, String(value)])).toEqual([['a', 'a:2']])
})

test('a process without keys leaves encrypted records waiting, and reads what is not encrypted', async () => {
  const keys = createTestKeys()
  await write(connect(), source('keyless'), ['a:plain'])
  await write(connect(keys), source('keyless'), ['b:sealed'])
  const seen: string[] = []
  const consumer = connect().consume<Buffer>({
    group: 'keyless',
    topics: [source('keyless')],
    ordering: 'key',
    retryForMs: 1,
    handle: async (record) => void seen.push(text(record)),
  })
  await waitFor(() => seen.length === 1 && consumer.health().inFlight === 1, {
    what: 'the other one to wait',
  })
  expect(seen).toEqual(['a:plain'])
  expect(await readAll(connect(), letters('keyless'))).toEqual([])
})

test('a record made of another one, headers and all, names its own key', async () => {
  const keys = createTestKeys()
  const kafka = connect(keys)
  await write(kafka, source('copied'), ['a:1'])
  const [first] = await readAll(kafka, source('copied'))
  const headers = Object.fromEntries(first?.headers ?? [])
  const attempts: Topic<Attempt> = { ...into('copied'), schema: schemas.Attempt, subject: (_key, { tenant }) => tenant }
  const attempt = attemptValue({ tenant: 'b' })
  await kafka.send(attempts, 'b', attempt, { headers })
  await kafka.send({ ...attempts, subject: () => null }, 'b', attempt, { headers })
  const [sealed, plain] = await readAll(kafka, into('copied'))
  expect(sealed === undefined ? '' : keyIdOf(sealed)).toBe(keys.keyOf('b').keyId)
  expect(plain?.headers.has(KEY_ID_HEADER)).toBe(false)
  expect([sealed, plain].map((record) => kafka.decode(attempts, record as RawRecord))).toEqual([attempt, attempt])
})

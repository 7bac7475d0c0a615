import type { Topic } from '@millrace/schemas'
import { startKafkaProxy, waitFor } from '@millrace/test-support'
import type { Admin } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { type Kafka, output } from '../src/index.ts'
import { kafkajsPort } from '../src/kafkajs/adapter.ts'
import type { TransactionPort, WireRecord } from '../src/port.ts'
import { moveLeader, setUpCluster } from './support/cluster.ts'
import { bareAdmin, connectForTest, counted, randomName, range, readValues, setUpTopics } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const cluster = setUpCluster()
const names = ['moved', 'busy', 'restarted'] as const
type Name = (typeof names)[number]
const SLOW_PARTITIONS = 6
const slow = bytesTopic('slow', { partitions: SLOW_PARTITIONS })
const from = (name: Name) => bytesTopic(`${name}.in`, { partitions: 2 })
const into = (name: Name) => bytesTopic(`${name}.out`, { partitions: 4 })
setUpTopics(prefix, [slow, ...names.flatMap((name) => [from(name), into(name)])], {
  brokers: cluster.brokers,
})

const wireRecord = (value: string, partition: number): WireRecord => ({
  topic: physical(slow),
  partition,
  key: Buffer.from('k'),
  value: Buffer.from(value),
  headers: {},
})

const keys = range(12).map((n) => `key-${n}`)

function startCopy(kafka: Kafka, name: Name) {
  return kafka.transform<Buffer>({
    group: name,
    from: [from(name)],
    maxBatch: 40,
    apply: async ({ records }) => ({
      outputs: records.map((record) => output({ topic: into(name), key: record.key, value: record.value })),
    }),
  })
}

/** One record for each key; a send that is refused is repeated, so a value may be in the input twice. */
async function sendRound(kafka: Kafka, name: Name, round: number): Promise<void> {
  await Promise.all(
    keys.map((key) =>
      waitFor(() => kafka.send(from(name), key, Buffer.from(`${key}:${round}`)), {
        what: `${key}:${round} to be sent`,
      }),
    ),
  )
}

/** What came out is what went in, each once, in order per key. */
async function expectCopied(kafka: Kafka, name: Name): Promise<void> {
  const sent = await readValues(kafka, from(name))
  const seen = await waitFor(
    async () => {
      const values = await readValues(kafka, into(name))
      return values.length >= sent.length && values
    },
    { what: `${sent.length} records in ${name}.out`, everyMs: 200 },
  )
  expect(counted(seen)).toEqual(counted(sent))
  for (const key of keys) {
    const own = (values: readonly string[]) => values.filter((value) => value.startsWith(`${key}:`))
    expect(own(seen)).toEqual(own(sent))
  }
}

const moveOutputs = (admin: Admin, name: Name, partitions: readonly number[], to: number) =>
  moveLeader(admin, physical(into(name)), partitions, to)
const physical = (topic: Topic<Buffer>) => `${prefix}${topic.name}`

test('an output partition moved to a broker that the transaction had written to already: each record is there once', async () => {
  const { kafka } = connectForTest({ prefix, brokers: cluster.brokers() })
  const admin = await bareAdmin(cluster.brokers())
  await moveOutputs(admin, 'moved', [0, 1], 1)
  await moveOutputs(admin, 'moved', [2, 3], 2)
  const running = startCopy(kafka, 'moved')
  await sendRound(kafka, 'moved', 0)
  await expectCopied(kafka, 'moved')
  // The transactional producers have the old leaders in mind.
  await moveOutputs(admin, 'moved', [2, 3], 1)
  await sendRound(kafka, 'moved', 1)
  await expectCopied(kafka, 'moved')
  await moveOutputs(admin, 'moved', [0, 2], 2)
  await sendRound(kafka, 'moved', 2)
  await running.caughtUp()
  await expectCopied(kafka, 'moved')
})

test('while one broker refuses and the other is slow to answer, no record of the transaction is written twice', async () => {
  const proxy = await startKafkaProxy(cluster.brokers())
  onTestFinished(() => proxy.close())
  const { kafka } = connectForTest({ prefix, brokers: cluster.brokers() })
  const { options } = connectForTest({ prefix, brokers: proxy.brokers })
  const admin = await bareAdmin(cluster.brokers())
  const [, ...others] = range(SLOW_PARTITIONS)
  await moveLeader(admin, physical(slow), [0], 1)
  await moveLeader(admin, physical(slow), others, 2)
  const port = kafkajsPort(options)
  const id = `${prefix}slow`
  const fence = async () => {
    const owner = await port.fence(id)
    onTestFinished(() => owner.close())
    return owner
  }
  const write = (owner: TransactionPort, round: string, next: bigint) =>
    owner.commit([range(SLOW_PARTITIONS).map((partition) => wireRecord(`${round}-${partition}`, partition))], {
      group: id,
      topic: physical(from('moved')),
      partition: 0,
      next,
    })
  const [first] = proxy.proxies()
  let owner = await fence()
  // Which broker kafkajs asks for the new leaders is chance; asking the slow one hides the fault.
  for (const moving of others) {
    await write(owner, `warm-${moving}`, BigInt(moving * 2 - 1))
    await moveLeader(admin, physical(slow), [moving], 1)
    first?.set('response', { delayMs: 150 })
    const next = BigInt(moving * 2)
    const isCommitted = await write(owner, `moved-${moving}`, next).then(
      () => true,
      () => false,
    )
    first?.heal()
    if (isCommitted) continue
    owner = await fence()
    await write(owner, `moved-${moving}`, next)
  }
  const wanted = 2 * others.length * SLOW_PARTITIONS
  // A commit is acknowledged a little before what it wrote can be read.
  const look = async () => {
    const values = await readValues(kafka, slow)
    return new Set(values).size >= wanted && values
  }
  const counts = counted(await waitFor(look, { what: `${wanted} values`, everyMs: 100 }))
  expect(Object.keys(counts)).toHaveLength(wanted)
  expect(Object.entries(counts).filter(([, count]) => count !== 1)).toEqual([])
})

test('leaders of inputs and outputs move under a stream: each record is there once, in order per key', async () => {
  const { kafka } = connectForTest({ prefix, brokers: cluster.brokers() })
  const admin = await bareAdmin(cluster.brokers())
  startCopy(kafka, 'busy')
  let isMoving = true
  const stream = async () => {
    for (let round = 0; isMoving || round < 20; round++) await sendRound(kafka, 'busy', round)
  }
  const streaming = stream()
  for (const to of [1, 2, 1]) {
    await moveOutputs(admin, 'busy', [0, 1, 2, 3], to)
    await moveLeader(admin, physical(from('busy')), [0, 1], 3 - to)
  }
  isMoving = false
  await streaming
  await expectCopied(kafka, 'busy')
})

test('a broker is killed and comes back under a stream: each record is there once, in order per key', async () => {
  const { kafka } = connectForTest({ prefix, brokers: cluster.brokers() })
  startCopy(kafka, 'restarted')
  await sendRound(kafka, 'restarted', 0)
  let isDown = true
  const stream = async () => {
    for (let round = 1; isDown || round < 10; round++) await sendRound(kafka, 'restarted', round)
  }
  const streaming = stream()
  const broker = cluster.nodes()[1]
  await broker?.kill()
  await broker?.start()
  isDown = false
  await streaming
  await expectCopied(kafka, 'restarted')
})

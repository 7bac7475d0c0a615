import { waitFor } from '@millrace/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { kafkajsPort } from '../../src/kafkajs/adapter.ts'
import type { TransactionPort, WireRecord } from '../../src/port.ts'
import { bareAdmin, connectForTest, randomName, readAll, setUpTopics } from '../support/kafka.ts'
import { bytesTopic } from '../support/topics.ts'

const prefix = randomName()
const plain = bytesTopic('plain', { partitions: 2 })
const fenced = bytesTopic('fenced', { partitions: 2 })
const input = bytesTopic('input')
setUpTopics(prefix, [plain, fenced, input])

const record = (topic: string, partition: number, value: string | Buffer): WireRecord => ({
  topic: `${prefix}${topic}`,
  partition,
  key: Buffer.from('k'),
  value: Buffer.from(value),
  headers: {},
})

/** More than a broker takes by default. */
const tooLarge = Buffer.alloc(2_000_000, 'x')

test('a record that follows a refused request is not taken for one of it: the producer is not idempotent', async () => {
  const { kafka, options } = connectForTest({ prefix })
  const producer = kafkajsPort(options).producer()
  onTestFinished(() => producer.close())
  await producer.append([record('plain', 0, 'warm')])
  const refused = producer.append([record('plain', 0, 'A'), record('plain', 1, tooLarge)])
  await expect(refused).rejects.toMatchObject({ failure: 'refused', type: 'MESSAGE_TOO_LARGE' })
  for (const value of ['B', 'C']) await producer.append([record('plain', 0, value)])
  const values = (await readAll(kafka, plain)).map(({ value }) => String(value))
  expect(values).toEqual(['warm', 'A', 'B', 'C'])
})

test('after a refused transaction the next owner of the transactional id loses nothing, and the refused one left nothing', async () => {
  const { kafka, options } = connectForTest({ prefix })
  const port = kafkajsPort(options)
  const id = `${prefix}refused`
  const commit = (owner: TransactionPort, records: readonly WireRecord[], next: bigint) =>
    owner.commit([records], { group: id, topic: `${prefix}input`, partition: 0, next })
  const first = await port.fence(id)
  onTestFinished(() => first.close())
  await commit(first, [record('fenced', 0, 'warm')], 1n)
  const refused = commit(first, [record('fenced', 0, 'A'), record('fenced', 1, tooLarge)], 3n)
  await expect(refused).rejects.toMatchObject({ failure: 'refused', type: 'MESSAGE_TOO_LARGE' })
  const second = await port.fence(id)
  onTestFinished(() => second.close())
  await commit(second, [record('fenced', 0, 'A')], 3n)
  await commit(second, [record('fenced', 0, 'B')], 4n)
  // A commit is acknowledged a little before what it wrote can be read, and so are the offsets.
  const look = async () => {
    const values = (await readAll(kafka, fenced)).map(({ value }) => String(value))
    return values.includes('B') && values
  }
  expect(await waitFor(look, { what: 'the last value', everyMs: 50 })).toEqual(['warm', 'A', 'B'])
  const admin = await bareAdmin()
  const committed = async () => {
    const [offsets] = await admin.fetchOffsets({ groupId: id, topics: [`${prefix}input`] })
    return offsets?.partitions.map(({ offset }) => offset) ?? []
  }
  await waitFor(async () => (await committed())[0] === '4', { what: 'the last offset' })
  expect(await committed()).toEqual(['4'])
})

test('an older owner of a transactional id learns that it was fenced', async () => {
  const { options } = connectForTest({ prefix })
  const port = kafkajsPort(options)
  const id = `${prefix}taken-over`
  const older = await port.fence(id)
  const newer = await port.fence(id)
  onTestFinished(() => Promise.all([older.close(), newer.close()]).then(() => {}))
  const offsets = { group: id, topic: `${prefix}input`, partition: 0, next: 1n }
  await expect(older.commit([[record('fenced', 0, 'zombie')]], offsets)).rejects.toMatchObject({ failure: 'fenced' })
  await newer.commit([], offsets)
})

import type { Topic } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import { describe, expect, test } from 'vitest'
import { type InRecord, type Kafka, output, type Running } from '../src/index.ts'
import { fill, gate, text } from './support/consuming.ts'
import { range, readValues } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

/** Clients of one cluster, under one prefix. */
export type Connect = () => Kafka

const keys = range(6).map((n) => `key-${n}`)
const own = (values: readonly string[], key: string) => values.filter((value) => value.startsWith(`${key}:`))
const numbered = (count: number, from = 0) => range(count).flatMap((n) => keys.map((key) => `${key}:${n + from}`))

async function make(kafka: Kafka, ...topics: Topic<Buffer>[]): Promise<void> {
  await kafka.ensureTopics(topics as readonly Topic<unknown>[], { eventPartitions: 4, replication: 1 })
}

interface Recorder {
  readonly seen: string[]
  readonly handle: (record: InRecord<Buffer>) => Promise<void>
}

function recorder(): Recorder {
  const seen: string[] = []
  return {
    seen,
    handle: async (record) => {
      await new Promise(setImmediate)
      seen.push(text(record))
    },
  }
}

/** What every adapter of the port has to keep; `setUp` answers how to connect to a cluster under a fresh prefix. */
export function conformance(adapter: string, setUp: () => Connect): void {
  describe(adapter, () => {
    test('a sent record is where the answer says, unchanged', async () => {
      const kafka = setUp()()
      const topic = bytesTopic('sent', { partitions: 4 })
      await make(kafka, topic)
      const { id } = await kafka.send(topic, 'k', Buffer.from([0, 255]), { headers: { 'x-own': 'kept' } })
      const found = []
      for await (const record of kafka.read(topic as Topic<unknown>, { untilEnd: true })) found.push(record)
      expect(found).toMatchObject([{ id, key: 'k', value: Buffer.from([0, 255]) }])
      expect(String(found[0]?.headers.get('x-own'))).toBe('kept')
    })

    test('the replication of topics tells all their partitions, and nothing of topics that do not exist', async () => {
      const kafka = setUp()()
      const topic = bytesTopic('replicated', { partitions: 4 })
      await make(kafka, topic)
      const asked = [topic, bytesTopic('never-made', { partitions: 4 })] as readonly Topic<unknown>[]
      expect(await kafka.replication(asked)).toEqual({ total: 4, underReplicated: 0, offline: 0 })
    })

    test('a value larger than its topic takes is refused', async () => {
      const kafka = setUp()()
      const topic = bytesTopic('small', { maxValueBytes: 100 })
      await make(kafka, topic)
      await expect(kafka.send(topic, 'k', Buffer.alloc(101))).rejects.toMatchObject({ code: 'MR_KAFKA_TOO_LARGE' })
    })

    test('records of a key are handled in order, from the first one there was', async () => {
      const kafka = setUp()()
      const topic = bytesTopic('order', { partitions: 4 })
      await make(kafka, topic)
      await fill(kafka, topic, numbered(20))
      const { seen, handle } = recorder()
      await kafka.consume({ group: 'g', topics: [topic], ordering: 'key', handle }).caughtUp()
      for (const key of keys) expect(own(seen, key)).toEqual(own(numbered(20), key))
    })

    test('a record that was not finished comes again, and nothing that was', async () => {
      const connect = setUp()
      const topic = bytesTopic('again')
      const kafka = connect()
      await make(kafka, topic)
      await fill(kafka, topic, ['a:0', 'b:hangs', 'c:0'])
      const begun: string[] = []
      const before = kafka.consume<Buffer>({
        group: 'g',
        topics: [topic],
        ordering: 'key',
        handle: async (record, { signal }) => {
          begun.push(text(record))
          if (text(record) !== 'b:hangs') return
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        },
      })
      await waitFor(() => begun.length === 3, { what: 'all to have begun' })
      await before.close(50)
      const { seen, handle } = recorder()
      await connect()
        .consume({ group: 'g', topics: [topic], ordering: 'key', handle })
        .caughtUp()
      expect(seen).toEqual(['b:hangs'])
    })

    test('a bug in a handler costs its record, which is in the dead-letter topic, and no other', async () => {
      const kafka = setUp()()
      const [topic, letters] = [bytesTopic('bugs'), bytesTopic('bugs.dlq.g')]
      await make(kafka, topic, letters)
      await fill(kafka, topic, ['k:0', 'k:bad', 'k:1'])
      const seen: string[] = []
      const consumer = kafka.consume<Buffer>({
        group: 'g',
        topics: [topic],
        ordering: 'key',
        handle: async (record) => {
          if (text(record) === 'k:bad') throw new TypeError('a bug')
          seen.push(text(record))
        },
      })
      await consumer.caughtUp()
      expect(seen).toEqual(['k:0', 'k:1'])
      expect(await readValues(kafka, letters)).toEqual(['k:bad'])
    })

    test('a second member comes and leaves: nothing is lost, and a key is in order', async () => {
      const connect = setUp()
      const [one, two] = [connect(), connect()]
      const topic = bytesTopic('pair', { partitions: 4 })
      await make(one, topic)
      const { seen, handle } = recorder()
      const start = (kafka: Kafka): Running => kafka.consume({ group: 'g', topics: [topic], ordering: 'key', handle })
      const staying = start(one)
      await staying.joined
      await fill(one, topic, numbered(10))
      const leaving = start(two)
      await fill(one, topic, numbered(10, 10))
      await leaving.joined
      await fill(one, topic, numbered(10, 20))
      await leaving.close()
      await waitFor(() => new Set(seen).size === 180, { what: 'every record' })
      for (const key of keys) expect(own([...new Set(seen)], key)).toEqual(own(numbered(30), key))
    })

    test('a record in hand over a rebalance ends up committed', async () => {
      const connect = setUp()
      const [one, two] = [connect(), connect()]
      const topic = bytesTopic('late', { partitions: 1 })
      await make(one, topic)
      await fill(one, topic, ['k:0'])
      const hold = gate()
      let calls = 0
      const handle = async () => {
        calls++
        await hold.opened
      }
      const first = one.consume<Buffer>({ group: 'g', topics: [topic], ordering: 'key', handle })
      await waitFor(() => calls === 1, { what: 'the handler' })
      const second = two.consume<Buffer>({ group: 'g', topics: [topic], ordering: 'key', handle })
      await second.joined
      hold.open()
      await Promise.all([first.caughtUp(), second.caughtUp()])
      await Promise.all([first.close(), second.close()])
      const { seen, handle: again } = recorder()
      await connect()
        .consume({ group: 'g', topics: [topic], ordering: 'key', handle: again })
        .caughtUp()
      expect(seen).toEqual([])
    })

    test('a transform writes each record once and in order, though all its owners are fenced at work', async () => {
      const kafka = setUp()()
      const [from, into] = [bytesTopic('from', { partitions: 2 }), bytesTopic('into', { partitions: 2 })]
      await make(kafka, from, into)
      const running = kafka.transform<Buffer>({
        group: 'g',
        from: [from],
        maxBatch: 10,
        apply: async ({ records }) => ({
          outputs: records.map((record) => output({ topic: into, key: record.key, value: record.value })),
        }),
      })
      await fill(kafka, from, numbered(20))
      await running.fenceAll()
      await fill(kafka, from, numbered(20, 20))
      await waitFor(async () => new Set(await readValues(kafka, into)).size === 240, {
        what: 'every output',
        everyMs: 100,
      })
      await running.caughtUp()
      const values = await readValues(kafka, into)
      expect(values).toHaveLength(240)
      for (const key of keys) expect(own(values, key)).toEqual(own(numbered(40), key))
      const ends = [...(await kafka.ends(from))].toSorted()
      // A commit is acknowledged a little before it is told.
      const look = async () => {
        const committed = await running.committed(from)
        return ends.every(([partition, end]) => committed.get(partition) === end) && committed
      }
      const committed = await waitFor(look, { what: 'the last commits', everyMs: 50 })
      expect([...committed].toSorted()).toEqual(ends)
    })

    test('a table is ready when it has read what there was, then follows changes and tombstones', async () => {
      const kafka = setUp()()
      const topic = bytesTopic('table', { cleanup: 'compact' })
      await make(kafka, topic)
      for (const value of ['old', 'new']) await kafka.send(topic, 'a', Buffer.from(value))
      const table = kafka.table(topic)
      await table.ready
      expect(String(table.get('a'))).toBe('new')
      await kafka.send(topic, 'a', null)
      await waitFor(() => table.get('a') === undefined, { what: 'the tombstone' })
    })

    test('closing twice, and while it joins, ends', async () => {
      const kafka = setUp()()
      const topic = bytesTopic('closing')
      await make(kafka, topic)
      const consumer = kafka.consume<Buffer>({ group: 'g', topics: [topic], ordering: 'key', handle: async () => {} })
      await Promise.all([consumer.close(), consumer.close()])
      await consumer.joined
    })
  })
}

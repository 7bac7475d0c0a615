// How fast records of 2 KB are sent, and pass an exactly-once transform: many that wait, and one by one.
import { join } from 'node:path'
import { connectKafka, output } from '@millrace/kafka'
import { startReport, startStack } from '@millrace/local'
import { bytesSchema, type Topic } from '@millrace/schemas'
import { percentile, quietLog } from '@millrace/test-support'

const RECORDS = Number(process.env.BENCH_RECORDS ?? 30_000)
/** Passed one by one, each after the one before had arrived. */
const SINGLES = 200
const PARTITIONS = 4
/** Sends under way at once: a caller's queue is bounded. */
const AT_ONCE = 5_000

const report = startReport('bench transform')
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const kafka = connectKafka({ brokers: stack.brokers.split(','), clientId: 'bench', log: quietLog, prefix: 'bench.' })
const [from, into] = ['in', 'out'].map(bytesTopic) as [Topic<Buffer>, Topic<Buffer>]
const value = Buffer.alloc(2_048, 'x')
const arrivals: PromiseWithResolvers<void>[] = []
let committed = 0
try {
  await kafka.ensureTopics([from, into] as unknown as Topic<unknown>[], { eventPartitions: PARTITIONS, replication: 1 })
  await sendMany(AT_ONCE)
  report.figure('sent, records a second', await rate(RECORDS, () => sendMany(RECORDS)), { atLeast: 5_000 })

  const waiting = AT_ONCE + RECORDS
  const transform = kafka.transform<Buffer>({
    group: 'copy',
    from: [from],
    apply: async ({ records }) => ({
      outputs: records.map((record) => output({ topic: into, key: record.key, value: record.value })),
      afterCommit: async () => {
        committed += records.length
        report.progress(`${committed} of ${waiting} transformed`)
        arrivals.shift()?.resolve()
      },
    }),
  })
  await transform.joined
  const perSecond = await rate(waiting, () => transform.caughtUp())
  report.figure('transformed, records a second', perSecond, { atLeast: 2_000 })
  report.figure('transformed once', committed === waiting, { exactly: true })

  const latencies: number[] = []
  for (let n = 0; n < SINGLES; n++) latencies.push(await passOne(n))
  report.figure('one record, sent to committed, p50 ms', percentile(latencies, 50))
  report.figure('one record, sent to committed, p99 ms', percentile(latencies, 99), { atMost: 1_000 })
} finally {
  await kafka.close()
  await stack.stop()
}
await report.finish()

async function sendMany(count: number): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    const keys = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, n) => `conversation-${n % 500}`)
    await Promise.all(keys.map((key) => kafka.send(from, key, value)))
    report.progress(`${done} of ${count} sent`)
  }
}

async function passOne(n: number): Promise<number> {
  const arrival = Promise.withResolvers<void>()
  arrivals.push(arrival)
  const started = performance.now()
  await kafka.send(from, `conversation-${n}`, value)
  await arrival.promise
  return performance.now() - started
}

async function rate(count: number, work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return Math.round(count / ((performance.now() - started) / 1_000))
}

function bytesTopic(name: string): Topic<Buffer> {
  return {
    name,
    schema: bytesSchema,
    key: 'a conversation',
    partitions: 'events',
    cleanup: 'delete',
    retentionMs: 3_600_000,
    maxValueBytes: 1_048_576,
    writers: [],
    groups: [],
    summary: 'Records of a benchmark.',
  }
}

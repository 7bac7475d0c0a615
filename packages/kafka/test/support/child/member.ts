import { writeSync } from 'node:fs'
import { Redis } from 'ioredis'
import { connectKafka, type Kafka, type Log, output, startFold } from '../../../src/index.ts'
import { createTestKeys } from '../test-keys.ts'
import { bytesTopic, sealedTopic } from '../topics.ts'
import { type Meeting, meetRequest } from './meet-request.ts'

/** What a member process is told through its environment. */
export interface MemberTask {
  readonly kind: 'copy' | 'fold'
  readonly brokers: readonly string[]
  readonly prefix: string
  readonly group: string
  readonly from: string
  /** Folded together with `from`. */
  readonly alsoFrom?: string
  readonly into: string
  readonly sessionTimeoutMs: number
  /** Default 10 000. */
  readonly transactionTimeoutMs?: number
  readonly maxBatch?: number
  readonly meeting?: Meeting
  readonly redisUrl?: string
  /** Secret of the keys (`createTestKeys`) by which everything is encrypted. */
  readonly sealedBy?: string
}

const task = JSON.parse(process.env.MEMBER_TASK ?? '') as MemberTask
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}
const line = (_: object, message: string) => say(message)
const log: Log = { debug: () => {}, info: line, warn: line, error: line }

if (task.meeting) meetRequest(task.meeting)
const kafka = connectKafka({
  brokers: task.brokers,
  clientId: 'member',
  prefix: task.prefix,
  sessionTimeoutMs: task.sessionTimeoutMs,
  transactionTimeoutMs: task.transactionTimeoutMs ?? 10_000,
  log,
  ...(task.sealedBy === undefined ? {} : { cipher: createTestKeys(task.sealedBy).cipher() }),
})
const topicOf = (name: string) => (task.sealedBy === undefined ? bytesTopic(name) : sealedTopic(name))
const batches = task.maxBatch === undefined ? {} : { maxBatch: task.maxBatch }

const running = task.kind === 'copy' ? startCopy(kafka) : startStates(kafka, await kafka.clusterId())
running.joined.then(() => say('joined'))

function startCopy(client: Kafka) {
  return client.transform<Buffer>({
    group: task.group,
    from: [topicOf(task.from)],
    ...batches,
    apply: async ({ records }) => ({
      outputs: records.map((record) =>
        output({ topic: topicOf(task.into), key: record.key, value: record.value, cause: record }),
      ),
      afterCommit: async () => say(`committed ${records.length}`),
    }),
  })
}

/** State of a key: every value that was seen under it, sorted. */
function startStates(client: Kafka, clusterId: string) {
  const states = topicOf(task.into)
  return startFold<Buffer, string[]>({
    kafka: client,
    redis: new Redis(task.redisUrl ?? ''),
    log,
    group: `${task.prefix}${task.group}`,
    from: [task.from, task.alsoFrom ?? []].flat().map(topicOf),
    into: [states],
    clusterId,
    ...batches,
    fold: (known = [], { value }) => [...new Set([...known, String(value)])].toSorted(),
    publish: (key, state) => output({ topic: states, key, value: Buffer.from(state.join(' ')) }),
    published: async function* () {},
    join: (known) => known,
    encode: (state) => state.join(' '),
    decode: (bytes) => bytes.toString().split(' '),
  })
}

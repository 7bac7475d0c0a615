import { writeSync } from 'node:fs'
import { connectKafka, type Log } from '../../../src/index.ts'
import { bytesTopic } from '../topics.ts'

/** What a consumer process is told through its environment. */
export interface ConsumerTask {
  readonly brokers: readonly string[]
  readonly prefix: string
  readonly group: string
  readonly topic: string
  readonly partitions: number
  readonly sessionTimeoutMs: number
  /** The record with this value is never finished. */
  readonly hangOn?: string
}

const task = JSON.parse(process.env.CONSUMER_TASK ?? '') as ConsumerTask
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}
const line = (_: object, message: string) => say(message)
const log: Log = { debug: () => {}, info: line, warn: line, error: line }
const { brokers, prefix, sessionTimeoutMs } = task
const kafka = connectKafka({ brokers, clientId: 'consumer', prefix, sessionTimeoutMs, log })

const running = kafka.consume<Buffer>({
  group: task.group,
  topics: [bytesTopic(task.topic, { partitions: task.partitions })],
  ordering: 'key',
  handle: async ({ value }) => {
    say(`handled ${value}`)
    if (String(value) === task.hangOn) await new Promise(() => {})
  },
})
running.joined.then(() => say('joined'))

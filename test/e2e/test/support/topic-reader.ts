import { connectKafka, type Kafka, type RawRecord } from '@millrace/kafka'
import type { Topic } from '@millrace/schemas'
import { patient, quietLog, waitFor } from '@millrace/test-support'

/** A record as a test looks at it. */
export interface Entry<V> {
  /** `topic-partition-offset`. */
  readonly position: string
  readonly partition: number
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly value: V
}

/** Reads topics as any outsider would (read_committed, outside the services' groups). */
export interface TopicReader {
  readonly kafka: Kafka
  /** Everything that the topic holds up to its present end; null values left out. */
  all<V>(topic: Topic<V>): Promise<Entry<V>[]>
  /** What has come so far, from the beginning on; it grows while the test goes on. */
  follow<V>(topic: Topic<V>): readonly Entry<V>[]
  /** Waits until that many records fit, and gives all that do. */
  wait<V>(topic: Topic<V>, fits: (entry: Entry<V>) => boolean, options?: WaitForRecords): Promise<Entry<V>[]>
  close(): Promise<void>
}

export interface WaitForRecords {
  /** Default 1. */
  readonly count?: number
  /** Milliseconds, default 20 000. */
  readonly deadlineMs?: number
}

export function createTopicReader(brokers: string, prefix: string): TopicReader {
  const kafka = connectKafka({ ...patient, brokers: brokers.split(','), clientId: 'e2e', prefix, log: quietLog })
  const followed = new Map<string, Entry<unknown>[]>()
  const stop = new AbortController()
  const running: Promise<void>[] = []

  const begin = (topic: Topic<unknown>): Entry<unknown>[] => {
    const seen: Entry<unknown>[] = []
    const read = async () => {
      for await (const record of kafka.read(topic, { from: 'beginning', signal: stop.signal }))
        seen.push(...entriesOf(kafka, topic, record))
    }
    running.push(read())
    followed.set(topic.name, seen)
    return seen
  }
  const reader: TopicReader = {
    kafka,
    all: async <V>(topic: Topic<V>) => {
      const entries: Entry<V>[] = []
      for await (const record of kafka.read(untyped(topic), { untilEnd: true }))
        entries.push(...entriesOf(kafka, topic, record))
      return entries
    },
    follow: <V>(topic: Topic<V>) => (followed.get(topic.name) ?? begin(untyped(topic))) as Entry<V>[],
    wait: async (topic, fits, { count = 1, deadlineMs = 60_000 } = {}) => {
      const entries = reader.follow(topic)
      const found = () => entries.filter(fits)
      await waitFor(() => found().length >= count, { what: `${count} such record(s) in ${topic.name}`, deadlineMs })
      return found()
    },
    close: async () => {
      stop.abort()
      await Promise.allSettled(running)
      await kafka.close()
    },
  }
  return reader
}

function untyped<V>(topic: Topic<V>): Topic<unknown> {
  return topic as unknown as Topic<unknown>
}

function entriesOf<V>(kafka: Kafka, topic: Topic<V>, record: RawRecord): Entry<V>[] {
  const value = kafka.decode(topic, record)
  if (value === null) return []
  const headers = Object.fromEntries(Array.from(record.headers, ([name, bytes]) => [name, bytes.toString()]))
  return [{ position: record.id, partition: record.partition, key: record.key ?? '', headers, value }]
}

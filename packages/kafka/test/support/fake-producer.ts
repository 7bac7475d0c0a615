import { type Appended, type KafkaPort, type ProducerPort, partitionKey, type WireRecord } from '../../src/port.ts'

export interface FakeRequest {
  readonly records: readonly WireRecord[]
  /** Takes all records, or those of the named partitions, and answers. */
  answer(partitions?: readonly number[]): void
  fail(error: Error): void
}

export interface FakeProducers {
  readonly port: Pick<KafkaPort, 'producer'>
  /** Values in the order in which the fake broker took them, by partition. */
  readonly written: Map<number, string[]>
  /** The next request that the lane makes. */
  next(): Promise<FakeRequest>
  /** Producers made so far. */
  count(): number
}

/** Producers whose every request waits for the test to decide. */
export function fakeProducers(): FakeProducers {
  const written = new Map<number, string[]>()
  const ends = new Map<string, bigint>()
  const arrived: FakeRequest[] = []
  const awaited: ((request: FakeRequest) => void)[] = []
  let producers = 0

  const take = (records: readonly WireRecord[]): Appended[] => {
    const base = new Map<string, Appended>()
    for (const record of records) {
      const place = partitionKey(record)
      const end = ends.get(place) ?? 0n
      if (!base.has(place)) base.set(place, { topic: record.topic, partition: record.partition, baseOffset: end })
      ends.set(place, end + 1n)
      const values = written.get(record.partition) ?? []
      written.set(record.partition, values)
      values.push(String(record.value))
    }
    return [...base.values()]
  }
  const append = (records: readonly WireRecord[]): Promise<readonly Appended[]> =>
    new Promise((resolve, reject) => {
      const request: FakeRequest = {
        records,
        answer: (partitions) =>
          resolve(take(records.filter(({ partition }) => partitions?.includes(partition) ?? true))),
        fail: reject,
      }
      const waiting = awaited.shift()
      if (waiting) waiting(request)
      else arrived.push(request)
    })

  return {
    written,
    port: {
      producer: (): ProducerPort => {
        producers++
        return { append, close: async () => {} }
      },
    },
    next: () =>
      new Promise((resolve) => {
        const request = arrived.shift()
        if (request) resolve(request)
        else awaited.push(resolve)
      }),
    count: () => producers,
  }
}

import type { Kafka } from 'kafkajs'

interface Handed {
  readonly messages: readonly { readonly offset: string }[]
  readonly fetchedOffset: string
}

export interface FakeConsumer {
  readonly client: Kafka
  readonly seeks: { readonly partition: number; readonly offset: string }[]
  join(memberId: string, assignment: Record<string, number[]>): void
  /** Hands over a batch with records, as kafkajs's runner does. */
  hand(topic: string, partition: number, fetchedOffset: number, offsets: readonly number[]): Promise<void>
  /** A batch of which nothing is left but control records. */
  pass(topic: string, partition: number, firstOffset: number, lastOffset: number): void
  crash(error: Error, restart: boolean): void
}

/** As much of kafkajs's consumer as a member sees, driven by the test. */
export function fakeConsumer(): FakeConsumer {
  const listeners = new Map<string, (event: { payload: unknown }) => void>()
  const seeks: { partition: number; offset: string }[] = []
  let eachBatch: ((payload: unknown) => Promise<void>) | undefined
  const names = ['GROUP_JOIN', 'REBALANCING', 'END_BATCH_PROCESS', 'CRASH', 'REQUEST']
  const consumer = {
    events: Object.fromEntries(names.map((name) => [name, name])),
    on: (name: string, listener: (event: { payload: unknown }) => void) => listeners.set(name, listener),
    connect: async () => {},
    subscribe: async () => {},
    disconnect: async () => {},
    run: async (options: { eachBatch: (payload: unknown) => Promise<void> }) => {
      eachBatch = options.eachBatch
    },
    seek: ({ partition, offset }: { partition: number; offset: string }) => seeks.push({ partition, offset }),
    pause: () => {},
    resume: () => {},
  }
  const emit = (name: string, payload: unknown) => listeners.get(name)?.({ payload })
  const batch = ({ messages, fetchedOffset }: Handed, topic: string, partition: number) => ({
    topic,
    partition,
    fetchedOffset,
    messages: messages.map((message) => ({ ...message, key: null, value: null, headers: {}, timestamp: '0' })),
    lastOffset: () => messages.at(-1)?.offset,
  })
  return {
    // A member uses nothing else of the client.
    client: { consumer: () => consumer } as unknown as Kafka,
    seeks,
    join: (memberId, memberAssignment) => emit('GROUP_JOIN', { memberId, memberAssignment }),
    hand: async (topic, partition, fetchedOffset, offsets) =>
      eachBatch?.({
        batch: batch(
          { messages: offsets.map((offset) => ({ offset: String(offset) })), fetchedOffset: String(fetchedOffset) },
          topic,
          partition,
        ),
        resolveOffset: () => {},
        heartbeat: async () => {},
        isRunning: () => true,
        isStale: () => false,
      }),
    pass: (topic, partition, firstOffset, lastOffset) =>
      emit('END_BATCH_PROCESS', {
        topic,
        partition,
        batchSize: 0,
        firstOffset: String(firstOffset),
        lastOffset: String(lastOffset),
      }),
    crash: (error, restart) => emit('CRASH', { error, restart }),
  }
}

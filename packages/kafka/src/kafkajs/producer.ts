import type { ICustomPartitioner, Kafka, Message, Producer, TopicMessages } from 'kafkajs'
import { pauseFor } from '../backoff.ts'
import {
  type Appended,
  PortError,
  type ProducerPort,
  partitionKey,
  type TransactionOffsets,
  type TransactionPort,
  type WireRecord,
} from '../port.ts'
import { portError, typeOf } from './client.ts'

// The verbs set every record's partition, but kafkajs lets the partitioner decide and repeats that before each retry.
const createPartitioner: ICustomPartitioner =
  () =>
  ({ message }) => {
    if (message.partition === undefined) throw new PortError('refused', 'NO_PARTITION', 'a record without a partition')
    return message.partition
  }

/** Groups records by topic, in order. They are kafkajs's messages as they are: it reads them only. */
function byTopic(records: readonly WireRecord[]): TopicMessages[] {
  const topics = new Map<string, Message[]>()
  for (const record of records) {
    const messages = topics.get(record.topic)
    if (messages === undefined) topics.set(record.topic, [record as Message])
    else messages.push(record as Message)
  }
  return Array.from(topics, ([topic, messages]) => ({ topic, messages }))
}

function appended(answer: Awaited<ReturnType<Producer['sendBatch']>>): Appended[] {
  return answer.map(({ topicName, partition, baseOffset }) => ({
    topic: topicName,
    partition,
    baseOffset: BigInt(baseOffset ?? '-1'),
  }))
}

/** Producer without idempotence: kafkajs's idempotent one loses records when a partition of a request is refused, or an answer is lost. */
export function createProducer(client: Kafka): ProducerPort {
  const create = () =>
    client.producer({ allowAutoTopicCreation: false, idempotent: false, createPartitioner, retry: { retries: 0 } })
  let connected: Promise<Producer> | undefined
  const connect = () => {
    connected ??= (async () => {
      const producer = create()
      try {
        await producer.connect()
      } catch (error) {
        connected = undefined
        throw error
      }
      return producer
    })()
    return connected
  }
  return {
    async append(records) {
      try {
        const producer = await connect()
        return appended(await producer.sendBatch({ acks: -1, topicMessages: byTopic(records) }))
      } catch (error) {
        throw portError(error)
      }
    },
    async close() {
      const open = connected
      connected = undefined
      await open?.then((producer) => producer.disconnect()).catch(() => {})
    },
  }
}

/** CONCURRENT_TRANSACTIONS lasts while the coordinator writes the markers of the transaction before: some milliseconds. */
const transactionRetry = { initialRetryTime: 5, multiplier: 1.5, retries: 20, maxRetryTime: 500 }
const OFFSET_TRIES = 40
/**
 * kafkajs repeats CONCURRENT_TRANSACTIONS for AddPartitionsToTxn but not for AddOffsetsToTxn, the first request of a transaction without records;
 * the others, of a coordinator that is starting, it knows by names that it never gives them.
 */
const PASSING_FOR_OFFSETS = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
])

/** Starts a producer under `transactionalId`; when it resolves, every older one is fenced. */
export async function fenceProducer(
  client: Kafka,
  transactionalId: string,
  transactionTimeout: number,
): Promise<TransactionPort> {
  const producer = client.producer({
    allowAutoTopicCreation: false,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionalId,
    transactionTimeout,
    createPartitioner,
    retry: transactionRetry,
  })
  try {
    await producer.connect()
    // kafkajs runs InitProducerId in its first transaction() only; this one is used by the first commit.
    let open: Awaited<ReturnType<Producer['transaction']>> | undefined = await producer.transaction()
    return {
      async commit(chunks, offsets) {
        try {
          const transaction = open ?? (await producer.transaction())
          open = undefined
          for (const chunk of chunks) await appendAll(transaction, chunk)
          await sendOffsets(transaction, offsets)
          await transaction.commit()
        } catch (error) {
          throw portError(error)
        }
      },
      async close() {
        await producer.disconnect().catch(() => {})
      },
    }
  } catch (error) {
    await producer.disconnect().catch(() => {})
    throw portError(error)
  }
}

type Transaction = Awaited<ReturnType<Producer['transaction']>>

async function appendAll(transaction: Transaction, chunk: readonly WireRecord[]): Promise<void> {
  const answer = await transaction.sendBatch({ acks: -1, topicMessages: byTopic(chunk) })
  // A partition whose leader moved to a broker that had answered already is never sent by kafkajs, and nothing says so.
  const places = appended(answer).map(partitionKey)
  const named = new Set(places)
  // Named twice: it was sent again to the broker that took over, though the one before had answered.
  if (named.size < places.length) throw new PortError('unavailable', 'ANSWERED_TWICE', 'a partition was written twice')
  const missing = chunk.find((record) => !named.has(partitionKey(record)))
  if (missing !== undefined) throw new PortError('unavailable', 'UNANSWERED', `no answer for ${partitionKey(missing)}`)
}

async function sendOffsets(
  transaction: Transaction,
  { group, topic, partition, next }: TransactionOffsets,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await transaction.sendOffsets({
        consumerGroupId: group,
        topics: [{ topic, partitions: [{ partition, offset: String(next) }] }],
      })
      return
    } catch (error) {
      if (!PASSING_FOR_OFFSETS.has(typeOf(error)) || tries === OFFSET_TRIES) throw error
      await pauseFor(Math.min(5 * 1.3 ** tries, 250))
    }
  }
}

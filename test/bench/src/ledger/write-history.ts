import { KEY_ID_HEADER, type KeyLife, keyLifeOf, partitionOf, type RecordCipher } from '@millrace/kafka'
import { singleObject, type Topic, topics } from '@millrace/schemas'
import kafkajs from 'kafkajs'
import { type Story, TENANT } from './history.ts'

/** Records in one request: a system that is in a hurry writes larger ones than it would live. */
const REQUEST = 2_000
/** Of the graph, what changed: not every event tells something new. */
const GRAPH_EVERY = 2

export interface HistoryWriter {
  /** Writes stories, at a rate where one is given; what an event causes after the event. Answers when all is stored. */
  write(
    stories: Iterable<Story>,
    options: { readonly perSecond?: number; onProgress(events: number): void },
  ): Promise<void>
  /** Commits for a group that reads events what is stored of them with all that follows from it, as if the group had handled it. */
  commitEvents(): Promise<void>
  close(): Promise<void>
}

/** A message that is encrypted before it is sent. */
interface Waiting {
  readonly message: kafkajs.Message
  readonly subject: string | null
  readonly life: KeyLife
  readonly plain: Buffer
}

/**
 * @param partitions of each event topic
 * @param cipher encrypts what is written, as services do
 */
export async function createHistoryWriter(
  brokers: readonly string[],
  prefix: string,
  partitions: number,
  cipher?: RecordCipher,
): Promise<HistoryWriter> {
  const client = new kafkajs.Kafka({ clientId: 'bench', brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const eventTopic = `${prefix}${topics.events.name}`
  let waiting = new Map<string, Waiting[]>()
  let count = 0
  /** Next offsets of the events of which everything is stored, by partition. */
  const stored = new Map<number, number>()

  const put = <V>(topic: Topic<V>, id: string, value: V) => {
    const key = Buffer.from(`${TENANT}/${id}`)
    const plain = singleObject.encode(topic.schema, value)
    const message = { key, value: plain, partition: partitionOf(key, partitions) }
    const one = { message, plain, life: keyLifeOf(topic), subject: topic.subject?.(key.toString(), value) ?? null }
    const messages = waiting.get(topic.name)
    if (messages === undefined) waiting.set(topic.name, [one])
    else messages.push(one)
    count++
  }
  const flush = async () => {
    const taken = waiting
    waiting = new Map()
    count = 0
    if (taken.size === 0) return
    const all = [...taken.values()].flat()
    for (const life of ['aging', 'lasting'] as const) {
      const subjects = all.flatMap((one) => (one.life === life ? (one.subject ?? []) : []))
      for (const some of slicesOf([...new Set(subjects)])) await patiently(() => cipher?.prepareWrite(some, life))
    }
    const topicMessages = Array.from(taken, ([name, some]) => {
      return { topic: `${prefix}${name}`, messages: some.map((one) => encrypted(one, cipher)) }
    })
    const answers = await producer.sendBatch({ topicMessages, acks: -1 })
    const events = topicMessages.find(({ topic }) => topic === eventTopic)?.messages ?? []
    for (const { partition, baseOffset } of answers.filter(({ topicName }) => topicName === eventTopic)) {
      const written = events.filter((message) => message.partition === partition).length
      stored.set(partition, Number(baseOffset) + written)
    }
  }
  const tell = ({ event, snapshot, extraction, node, relationship, delivery, attempt }: Story, number: number) => {
    put(topics.events, event.conversation_id ?? event.event_id, event)
    put(topics.snapshots, snapshot.conversation_id, snapshot)
    put(topics.extractions, extraction.client_id ?? extraction.event_id, extraction)
    if (number % GRAPH_EVERY === 0) {
      put(topics.nodes, node.id, node)
      put(topics.relationships, relationship.id, relationship)
    }
    put(topics.requested, delivery.endpoint_id, delivery)
    put(topics.attempts, attempt.endpoint_id, attempt)
  }
  return {
    async write(stories, { perSecond, onProgress }) {
      const began = performance.now()
      let events = 0
      let sending: Promise<void> = Promise.resolve()
      for (const story of stories) {
        tell(story, events++)
        const early = perSecond === undefined ? 0 : began + (events * 1_000) / perSecond - performance.now()
        if (count < REQUEST && early < 20) continue
        // The next request is made ready while one is under way.
        await sending
        sending = flush()
        onProgress(events)
        if (early >= 20) await new Promise((resolve) => setTimeout(resolve, early))
      }
      await sending
      await flush()
    },
    async commitEvents() {
      const partitions = Array.from(stored, ([partition, next]) => ({ partition, offset: String(next) }))
      const admin = client.admin()
      await admin.connect()
      await admin.setOffsets({ groupId: `${prefix}delivery-request`, topic: eventTopic, partitions })
      await admin.disconnect()
    },
    close: () => producer.disconnect(),
  }
}

function encrypted({ message, subject, life, plain }: Waiting, cipher: RecordCipher | undefined): kafkajs.Message {
  if (cipher === undefined || subject === null) return message
  const sealed = cipher.encrypt(subject, plain, life)
  if (typeof sealed === 'string') throw new Error(`${subject} is ${sealed}`)
  return { ...message, value: sealed.bytes, headers: { [KEY_ID_HEADER]: sealed.keyId } }
}

/** Each new key is a record of its own. */
function* slicesOf(subjects: readonly string[]): Generator<string[]> {
  for (let start = 0; start < subjects.length; start += 200) yield subjects.slice(start, start + 200)
}

/** As consumers do, which try a batch again. */
async function patiently(action: () => Promise<void> | undefined): Promise<void> {
  for (;;) {
    try {
      await action()
      return
    } catch (error) {
      if ((error as { readonly retryable?: unknown }).retryable !== true) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

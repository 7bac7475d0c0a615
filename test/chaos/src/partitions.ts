// Gives event topics more partitions as docs/operations/partitions.md says, with traffic before and after: each conversation keeps its order, no event is lost or doubled, snapshots reflect all; then a group's offsets are set back.
import { join } from 'node:path'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { type Report, startReport, startStack } from '@millrace/local'
import { allTopics, serviceOfGroup, type Topic, topics } from '@millrace/schemas'
import { generateEvents, postInOrder, quietLog, type RunningSystem, runSystem, waitFor } from '@millrace/test-support'
import kafkajs from 'kafkajs'
import { readEventsByKey } from './partitions/read-events-by-key.ts'

const PREFIX = 'partitions.'
const BEFORE = 4
const AFTER = 6
const EVENTS = Number(process.env.CHAOS_EVENTS ?? 300)
const RATE = 30
const CONVERSATIONS = 40
const SETTLE_MS = 180_000

const report = startReport('chaos partitions')
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const client = new kafkajs.Kafka({
  clientId: 'operator',
  brokers: stack.brokers.split(','),
  logLevel: kafkajs.logLevel.NOTHING,
})
const admin = client.admin()
await admin.connect()
const traffic = generateEvents({ count: 2 * EVENTS, conversations: CONVERSATIONS, duplicateRatio: 0.1, seed: 1 })
const { expected } = traffic
let system: RunningSystem = await start(BEFORE)
try {
  await post(1)
  report.note('1. intake ends')
  await Promise.all(['gateway', 'poller'].map((name) => system.services.get(name as 'gateway')?.stop()))
  report.note('2. until no group has lag')
  await drained()
  report.note('3. everything else ends')
  await system.stop()
  const places = await positions()
  report.note(`4. ${BEFORE} partitions become ${AFTER}`)
  const grown = allTopics().filter(({ partitions }) => partitions === 'events')
  await admin.createPartitions({ topicPartitions: grown.map(({ name }) => ({ topic: PREFIX + name, count: AFTER })) })
  report.figure('topics that grew', grown.length, { atLeast: 20 })
  report.note('5. everything starts with the new number')
  system = await start(AFTER)
  await post(2)
  await judge(places, report)
  await setBack(report)
} finally {
  await system.stop()
  await admin.disconnect()
  await stack.stop()
}
await report.finish()

function start(eventPartitions: number): Promise<RunningSystem> {
  const { brokers, redisUrl } = stack
  return runSystem({
    brokers,
    redisUrl,
    prefix: PREFIX,
    eventPartitions,
    requestsPerMinute: 1_000_000,
    readyWithinMs: SETTLE_MS,
  })
}

/** Posts the first or the second half: the same conversations before and after. */
async function post(part: 1 | 2): Promise<void> {
  const half = Math.ceil(traffic.events.length / 2)
  const posts = part === 1 ? traffic.events.slice(0, half) : traffic.events.slice(half)
  const url = `${system.gatewayUrl}/api/webhooks/front`
  const onProgress = ({ acknowledged }: { acknowledged: number }) => report.progress(`${acknowledged} of part ${part}`)
  await postInOrder({ url, secret: system.webhookSecret, rate: RATE, posts, onProgress })
}

/** The poller's groups only take notes, and it does not run now. */
function isDrained(group: string): boolean {
  return serviceOfGroup[group] !== 'handlers' && serviceOfGroup[group] !== 'poller'
}

/** Waits until no group has lag; names the places that have when it gives up. */
async function drained(): Promise<void> {
  const look = async () => {
    const behind = await lags()
    if (behind.length === 0) return true
    throw new Error(behind.map(({ place, from, end }) => `${place}: ${from} of ${end}`).join(', '))
  }
  await waitFor(look, { what: 'every group to be done', deadlineMs: SETTLE_MS, everyMs: 1_000 })
}

interface Lag {
  readonly group: string
  /** Group, topic and partition. */
  readonly place: string
  readonly from: bigint
  readonly end: bigint
}

/** Where groups have not finished. Marks of transactions at the end of a partition are committed a few seconds later. */
async function lags(): Promise<Lag[]> {
  const found: Lag[] = []
  for (const topic of Object.values(topics) as unknown as Topic<unknown>[]) {
    const ends = topic.groups.length === 0 ? [] : await admin.fetchTopicOffsets(PREFIX + topic.name)
    for (const group of topic.groups.filter(isDrained)) {
      const [answer] = await admin.fetchOffsets({ groupId: PREFIX + group, topics: [PREFIX + topic.name] })
      for (const { partition, high, low } of ends) {
        const committed = BigInt(answer?.partitions.find((one) => one.partition === partition)?.offset ?? -1)
        const from = committed < 0n ? BigInt(low) : committed
        const end = BigInt(high)
        if (end > from) found.push({ group, place: `${group} ${topic.name}-${partition}`, from, end })
      }
    }
  }
  return found
}

function withKafka<T>(work: (kafka: Kafka) => Promise<T>): Promise<T> {
  const kafka = connectKafka({ brokers: stack.brokers.split(','), clientId: 'operator', log: quietLog, prefix: PREFIX })
  return work(kafka).finally(() => kafka.close())
}

async function positions(): Promise<Map<string, number | undefined>> {
  return new Map(Array.from(await withKafka(readEventsByKey), ([key, { partitions }]) => [key, partitions[0]]))
}

async function judge(places: ReadonlyMap<string, number | undefined>, { figure, note }: Report): Promise<void> {
  const wanted = [...expected.values()].flat().length
  const seen = () => withKafka(readEventsByKey)
  const count = (all: Awaited<ReturnType<typeof seen>>) =>
    [...all.values()].reduce((sum, { ids }) => sum + ids.length, 0)
  await waitFor(async () => count(await seen()) >= wanted, {
    what: 'every event',
    deadlineMs: SETTLE_MS,
    everyMs: 2_000,
  })
  const all = await seen()
  const wrong = [...expected].filter(
    ([conversation, ids]) => all.get(`default/${conversation}`)?.ids.join() !== ids.join(),
  )
  for (const [conversation] of wrong.slice(0, 5)) note(`${conversation} came out in another order`)
  const moved = [...all].filter(
    ([key, { partitions }]) => places.has(key) && partitions.some((one) => one !== places.get(key)),
  )
  figure('events', count(all), { exactly: wanted })
  figure('conversations', expected.size)
  figure('conversations whose partition changed', moved.length, { atLeast: 1 })
  figure('conversations out of order, lost or doubled', wrong.length, { exactly: 0 })
  await drained()
  const dead = await deadLetters()
  figure('dead letters', dead, { exactly: 0 })
}

async function deadLetters(): Promise<number> {
  const names = allTopics().filter(({ name }) => name.includes('.dlq.'))
  const ends = await Promise.all(names.map(({ name }) => admin.fetchTopicOffsets(PREFIX + name)))
  return ends.flat().reduce((sum, { high }) => sum + Number(high), 0)
}

/** The fold of the graph reads its topic once more; what it publishes is as before. */
async function setBack({ figure, note }: Report): Promise<void> {
  const group = `${PREFIX}knowledge-fold`
  const topic = PREFIX + topics.observations.name
  note('6. the offsets of knowledge-fold are set back')
  await system.services.get('knowledge-graph')?.stop()
  await waitFor(
    () =>
      admin.resetOffsets({ groupId: group, topic, earliest: true }).then(
        () => true,
        () => false,
      ),
    {
      what: 'the group to be empty',
      deadlineMs: SETTLE_MS,
      everyMs: 1_000,
    },
  )
  const behind = (await lags()).filter((one) => one.group === 'knowledge-fold')
  await system.services.get('knowledge-graph')?.start()
  await drained()
  figure(
    'records read once more',
    behind.reduce((sum, { from, end }) => sum + Number(end - from), 0),
    { atLeast: 1 },
  )
  figure('dead letters after that', await deadLetters(), { exactly: 0 })
}

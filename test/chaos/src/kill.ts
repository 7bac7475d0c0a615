// Kills every service and restarts the broker under load, and then counts: every acknowledged event once, in order, nothing derived doubled. With
// --encrypted everything about people is encrypted, and Redis, with the keys in it, is emptied too.
import { parseArgs } from 'node:util'
import { startWholeSystem } from '@millrace/bench/whole-system'
import { startReport } from '@millrace/local'
import { type Topic, topics } from '@millrace/schemas'
import { generateEvents, postInOrder, systemServices, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { checkEvents, countIds } from './check-events.ts'
import { countRecords } from './count-records.ts'

const EVENTS = Number(process.env.CHAOS_EVENTS ?? 20_000)
const RATE = Number(process.env.CHAOS_RATE ?? 500)
const CONVERSATIONS = 400
const KILLS_EACH = 3
/** Of this type the customer's endpoint gets every event. */
const DELIVERED_TYPE = 'comment.added'
const SETTLE_WITHIN_MS = 180_000
const derived: readonly Topic<unknown>[] = [
  topics.events,
  topics.refreshes,
  topics.snapshots,
  topics.requested,
  topics.attempts,
]

const { values: args } = parseArgs({ options: { encrypted: { type: 'boolean', default: false } } })

const report = startReport('chaos kill')
const whole = await startWholeSystem(report, {
  env: {
    // One endpoint gets all of it, faster than a customer's would.
    DELIVERY_ENDPOINT_PER_MINUTE: '100000',
    DELIVERY_TENANT_PER_MINUTE: '100000',
    ...(args.encrypted ? { MILLRACE_ENCRYPTION: 'true' } : {}),
  },
  hasKeys: args.encrypted,
})
const { stack, system, kafka } = whole
try {
  await system.addEndpoint(DELIVERED_TYPE)
  const traffic = generateEvents({
    count: EVENTS,
    conversations: CONVERSATIONS,
    duplicateRatio: 0.1,
    seed: Date.now() % 2 ** 31,
  })

  let isPosting = true
  const began = performance.now()
  const kills = killEverything()
  const posted = await postInOrder({
    url: `${system.gatewayUrl}/api/webhooks/front`,
    secret: system.webhookSecret,
    rate: RATE,
    posts: traffic.events,
    onProgress: ({ acknowledged, repeated }) =>
      report.progress(`${acknowledged} of ${traffic.events.length} acknowledged, ${repeated} repeated`),
  })
  isPosting = false
  const killed = await kills
  const wanted = traffic.events.filter((event) => event.type === DELIVERED_TYPE && !event.isDuplicate).length
  await settle(wanted)

  report.progress('counting')
  const events = await checkEvents(kafka, traffic.expected)
  const requested = await countIds(kafka, topics.requested, ({ event_id }) => event_id)
  const snapshots = await countIds(kafka, topics.snapshots, ({ conversation_id }) => conversation_id)
  const tried = new Set(system.receiver.requests().map(({ id }) => id))

  report.figure('events sent', EVENTS)
  report.figure('requests with duplicates', traffic.events.length)
  report.figure('requests repeated by the sender', posted.repeated)
  report.figure('services killed', killed.services, { atLeast: systemServices.length * KILLS_EACH })
  report.figure('broker restarts', killed.brokers, { atLeast: 1 })
  report.figure('Redis emptied', killed.redis, { exactly: args.encrypted ? 1 : 0 })
  report.figure('acknowledged', posted.acknowledged, { exactly: traffic.events.length })
  report.figure('events in webhooks.events', events.seen, { exactly: EVENTS })
  report.figure('acknowledged events lost', events.lost, { exactly: 0 })
  report.figure('events doubled', events.doubled, { exactly: 0 })
  report.figure('order inversions within a conversation', events.inversions, { exactly: 0 })
  report.figure('events of unknown conversations', events.unexpected, { exactly: 0 })
  report.figure('conversations with a snapshot', snapshots.size, { exactly: traffic.expected.size })
  report.figure('deliveries requested', requested.size, { exactly: wanted })
  report.figure('deliveries requested twice', [...requested.values()].filter((times) => times > 1).length, {
    exactly: 0,
  })
  report.figure('deliveries received', tried.size, { exactly: wanted })
  report.figure('deliveries received again (same webhook-id)', system.receiver.requests().length - tried.size)

  /** Each service is killed and started again on its own, at places of the load that differ; the broker once, in the middle. */
  async function killEverything(): Promise<{ services: number; brokers: number; redis: number }> {
    const loadMs = (traffic.events.length / RATE) * 1_000
    const done = { services: 0, brokers: 0, redis: 0 }
    const killed = [...system.services].map(async ([name, service], place) => {
      for (let round = 0; round < KILLS_EACH; round++) {
        await until((loadMs * (round + (place + 1) / (systemServices.length + 1))) / KILLS_EACH)
        await service.kill('SIGKILL')
        done.services++
        if (!isPosting) report.note(`${name} was killed after the last request`)
        await service.start()
      }
    })
    const broker = until(loadMs / 2).then(async () => {
      await stack.kafka.restart()
      done.brokers++
    })
    const redis = until(loadMs / 4).then(async () => {
      if (!args.encrypted) return
      await emptyRedis(stack.redisUrl)
      done.redis++
    })
    await Promise.all([...killed, broker, redis])
    return done
  }

  /** Waits until so many milliseconds after the first request. */
  async function until(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + ms - performance.now())))
  }

  /** Waits until every service has worked off what is there. */
  async function settle(wanted: number): Promise<void> {
    let seen = -1
    await waitFor(
      async () => {
        const before = seen
        seen = await countRecords(kafka, derived)
        const received = system.receiver.requests().length
        report.progress(`working off: ${seen} records derived, ${received} of ${wanted} deliveries`)
        // After Redis lost what was sent, nothing is sent for more than a minute.
        return seen === before && received >= wanted
      },
      { what: 'all topics to stop growing', deadlineMs: SETTLE_WITHIN_MS, everyMs: 8_000 },
    )
  }
} finally {
  await whole.stop()
}
await report.finish()

/** Keys, claims and states: all of it is read back from Kafka. */
async function emptyRedis(url: string): Promise<void> {
  const redis = new Redis(url)
  await redis.flushall()
  redis.disconnect()
}

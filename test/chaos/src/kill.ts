// Kills every service and restarts the broker under load, and then counts: every acknowledged event once, in order, nothing derived doubled.
import { startWholeSystem } from '@millrace/bench/whole-system'
import { startReport } from '@millrace/local'
import { type Topic, topics } from '@millrace/schemas'
import { generateEvents, postInOrder, systemServices, waitFor } from '@millrace/test-support'
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

const report = startReport('chaos kill')
const whole = await startWholeSystem(report)
const { stack, system, kafka } = whole
try {
  await system.millrace(
    'endpoints',
    'add',
    system.receiver.url,
    '--types',
    DELIVERED_TYPE,
    '--secret',
    system.endpointSecret,
  )
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
  await settle()

  report.progress('counting')
  const events = await checkEvents(kafka, traffic.expected)
  const wanted = traffic.events.filter((event) => event.type === DELIVERED_TYPE && !event.isDuplicate).length
  const requested = await countIds(kafka, topics.requested, ({ event_id }) => event_id)
  const snapshots = await countIds(kafka, topics.snapshots, ({ conversation_id }) => conversation_id)
  const tried = new Set(system.receiver.requests().map(({ id }) => id))

  report.figure('events sent', EVENTS)
  report.figure('requests with duplicates', traffic.events.length)
  report.figure('requests repeated by the sender', posted.repeated)
  report.figure('services killed', killed.services, { atLeast: systemServices.length * KILLS_EACH })
  report.figure('broker restarts', killed.brokers, { atLeast: 1 })
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
  async function killEverything(): Promise<{ services: number; brokers: number }> {
    const loadMs = (traffic.events.length / RATE) * 1_000
    const done = { services: 0, brokers: 0 }
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
    await Promise.all([...killed, broker])
    return done
  }

  /** Waits until so many milliseconds after the first request. */
  async function until(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + ms - performance.now())))
  }

  /** Waits until every service has worked off what is there. */
  async function settle(): Promise<void> {
    let seen = -1
    await waitFor(
      async () => {
        const before = seen
        seen = await countRecords(kafka, derived)
        report.progress(`working off: ${seen} records derived`)
        return seen === before && system.receiver.requests().length > 0
      },
      { what: 'all topics to stop growing', deadlineMs: SETTLE_WITHIN_MS, everyMs: 8_000 },
    )
  }
} finally {
  await whole.stop()
}
await report.finish()

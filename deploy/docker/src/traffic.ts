import { setTimeout as sleep } from 'node:timers/promises'
import { checkEvents, countIds } from '@millrace/chaos/check-events'
import { connectKafka, type Kafka } from '@millrace/kafka'
import type { Report } from '@millrace/local'
import { type Topic, topics } from '@millrace/schemas'
import { freshSamples, generateEvents, headersOf, postInOrder, quietLog, waitFor } from '@millrace/test-support'
import { docker } from './engine.ts'
import type { Compose } from './run-compose.ts'

const EVENTS = Number(process.env.CHECK_EVENTS ?? 2_000)
/** Requests a second. */
const RATE = Number(process.env.CHECK_RATE ?? 50)
const CONVERSATIONS = 200
/** Of this type the customer's endpoint gets every event. */
const DELIVERED_TYPE = 'comment.added'
const SETTLE_WITHIN_MS = 240_000
/** Killed one after the other while requests come in. */
const killed = ['gateway', 'dedup', 'conversation-refresh', 'knowledge-graph', 'delivery'] as const

/** Sends samples and events through a running system, kills containers meanwhile, and counts what came of it into the report. */
export async function proveNothingIsLost(system: Compose, report: Report): Promise<void> {
  const { variables } = system
  const gatewayUrl = `http://127.0.0.1:${variables.GATEWAY_PORT}`
  const receiver = `http://127.0.0.1:${variables.RECEIVER_PORT}/_control`
  const kafka = connectKafka({
    brokers: [`127.0.0.1:${variables.MILLRACE_KAFKA_PORT}`],
    clientId: 'check-images',
    log: quietLog,
  })
  try {
    await addEndpoint(system)
    await sendSamples(gatewayUrl, variables, report)
    const traffic = generateEvents({
      count: EVENTS,
      conversations: CONVERSATIONS,
      duplicateRatio: 0.1,
      seed: Date.now() % 2 ** 31,
    })
    const [posted, kills] = await Promise.all([
      postInOrder({
        url: `${gatewayUrl}/api/webhooks/front`,
        secret: variables.WEBHOOK_SECRET ?? '',
        rate: RATE,
        posts: traffic.events,
        onProgress: ({ acknowledged, repeated }) =>
          report.progress(`${acknowledged} of ${traffic.events.length} acknowledged, ${repeated} repeated`),
      }),
      killAll(system, (traffic.events.length / RATE) * 1_000, report),
    ])
    await settle(kafka, receiver, report)
    report.figure('events sent', EVENTS)
    report.figure('requests with duplicates', traffic.events.length)
    report.figure('requests repeated by the sender', posted.repeated)
    report.figure('containers killed', kills, { exactly: killed.length })
    report.figure('acknowledged', posted.acknowledged, { exactly: traffic.events.length })
    const events = await checkEvents(kafka, traffic.expected)
    report.figure('acknowledged events lost', events.lost, { exactly: 0 })
    report.figure('events doubled', events.doubled, { exactly: 0 })
    report.figure('order inversions within a conversation', events.inversions, { exactly: 0 })
    const snapshots = await countIds(kafka, topics.snapshots, ({ conversation_id }) => conversation_id)
    const missing = [...traffic.expected.keys()].filter((id) => !snapshots.has(id))
    report.figure('conversations without a snapshot', missing.length, { exactly: 0 })
    await countDeliveries(kafka, traffic, receiver, report)
  } finally {
    await kafka.close()
  }
}

/** A customer's endpoint that gets every event of one type, added through the console. */
async function addEndpoint({ millrace, variables }: Compose): Promise<void> {
  const secret = ['--secret', variables.RECEIVER_SECRET ?? '']
  const { code, text, errors } = await millrace(
    'endpoints',
    'add',
    'http://receiver:8098/webhooks',
    '--types',
    DELIVERED_TYPE,
    ...secret,
  )
  if (code !== 0) throw new Error(`the endpoint could not be added: ${text}${errors}`)
}

/** Each recorded webhook of Front and Make once, signed as it was. */
async function sendSamples(gatewayUrl: string, variables: Compose['variables'], report: Report): Promise<void> {
  const secrets = { front: variables.WEBHOOK_SECRET ?? '', make: variables.MAKE_COM_WEBHOOK_SECRET ?? '' }
  const samples = freshSamples()
  let taken = 0
  for (const sample of samples) {
    const headers = headersOf(sample, secrets)
    const answered = await fetch(gatewayUrl + sample.path, {
      method: 'POST',
      headers,
      body: new Uint8Array(sample.body),
    })
    if (answered.ok) taken++
    else report.note(`${sample.name}: ${answered.status} ${await answered.text()}`)
  }
  report.figure('signed samples taken, a synchronous answer among them', taken, { exactly: samples.length })
}

/** Kills one container after the other over the time that the load takes. An engine does not start what was killed by hand: that is done as an orchestrator would. */
async function killAll(system: Compose, loadMs: number, report: Report): Promise<number> {
  let done = 0
  for (const service of killed) {
    await sleep(loadMs / (killed.length + 1))
    const container = await system.containerOf(service)
    await docker('kill', '--signal', 'KILL', container)
    report.note(`killed ${service}`)
    await docker('start', container)
    done++
  }
  return done
}

/** Waits until every service has worked off what is there. */
async function settle(kafka: Kafka, receiver: string, report: Report): Promise<void> {
  let seen = ''
  await waitFor(
    async () => {
      const before = seen
      seen = `${await records(kafka)} records derived, ${await requestsAt(receiver)} requests received`
      report.progress(`working off: ${seen}`)
      return seen === before
    },
    { what: 'all topics to stop growing', deadlineMs: SETTLE_WITHIN_MS, everyMs: 15_000 },
  )
}

async function records(kafka: Kafka): Promise<number> {
  const derived: readonly Topic<unknown>[] = [
    topics.events,
    topics.refreshes,
    topics.snapshots,
    topics.requested,
    topics.attempts,
  ]
  const ends = await Promise.all(derived.map((topic) => kafka.ends(topic)))
  return ends.reduce((sum, end) => sum + [...end.values()].reduce((all, offset) => all + Number(offset), 0), 0)
}

async function requestsAt(receiver: string): Promise<number> {
  const { requests } = (await (await fetch(receiver)).json()) as { requests: number }
  return requests
}

async function countDeliveries(
  kafka: Kafka,
  traffic: ReturnType<typeof generateEvents>,
  receiver: string,
  report: Report,
): Promise<void> {
  const wanted = new Set(traffic.events.filter(({ type }) => type === DELIVERED_TYPE).map(({ eventId }) => eventId))
  const requested = await countIds(kafka, topics.requested, ({ event_id }) => event_id)
  const deliveries = await countIds(kafka, topics.requested, ({ delivery_id }) => delivery_id)
  const ofLoad = [...requested].filter(([id]) => wanted.has(id))
  const received = (await (await fetch(`${receiver}/requests`)).json()) as { id: string; verdict: string }[]
  const ids = new Set(received.map(({ id }) => id))
  const missing = [...deliveries.keys()].filter((id) => !ids.has(id))
  report.figure('deliveries requested', ofLoad.length, { exactly: wanted.size })
  report.figure('deliveries requested twice', ofLoad.filter(([, times]) => times > 1).length, { exactly: 0 })
  report.figure('deliveries that did not arrive', missing.length, { exactly: 0 })
  report.figure('deliveries received again (same webhook-id)', received.length - ids.size)
  report.figure('deliveries wrongly signed', received.filter(({ verdict }) => verdict !== 'ok').length, { exactly: 0 })
}

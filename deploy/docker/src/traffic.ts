import { setTimeout as sleep } from 'node:timers/promises'
import { connectKafka } from '@millrace/kafka'
import type { Report } from '@millrace/local'
import { freshSamples, generateEvents, headersOf, postInOrder, quietLog } from '@millrace/test-support'
import { docker } from './engine.ts'
import { reconcile } from './reconcile.ts'
import type { Compose } from './run-compose.ts'

const EVENTS = Number(process.env.CHECK_EVENTS ?? 2_000)
/** Requests a second. */
const RATE = Number(process.env.CHECK_RATE ?? 50)
const CONVERSATIONS = 200
/** After the load's own time: what was killed must have come back and taken everything. */
const ACKNOWLEDGED_AFTER_MS = 600_000
/** Of this type the customer's endpoint gets every event. */
const DELIVERED_TYPE = 'comment.added'
/** The default limit of an endpoint would make the check wait for minutes. */
const DELIVERIES_PER_MINUTE = '6000'
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
    const samples = await sendSamples(gatewayUrl, variables, report)
    const traffic = generateEvents({
      count: EVENTS,
      conversations: CONVERSATIONS,
      duplicateRatio: 0.1,
      seed: Date.now() % 2 ** 31,
    })
    const containers = await Promise.all(killed.map(system.containerOf))
    const loadMs = (traffic.events.length / RATE) * 1_000
    const sending = Promise.all([
      postInOrder({
        url: `${gatewayUrl}/api/webhooks/front`,
        secret: variables.WEBHOOK_SECRET ?? '',
        rate: RATE,
        posts: traffic.events,
        onProgress: ({ acknowledged, repeated }) =>
          report.progress(`${acknowledged} of ${traffic.events.length} acknowledged, ${repeated} repeated`),
      }),
      killAll(containers, loadMs, report),
    ])
    const [posted, kills] = await Promise.race([sending, overdue(loadMs + ACKNOWLEDGED_AFTER_MS)])
    report.figure('events sent', EVENTS)
    report.figure('requests with duplicates', traffic.events.length)
    report.figure('requests repeated by the sender', posted.repeated)
    report.figure('containers killed', kills, { exactly: killed.length })
    report.figure('acknowledged', posted.acknowledged, { exactly: traffic.events.length })
    await reconcile(kafka, receiver, { traffic, deliveredType: DELIVERED_TYPE, samples }, report)
  } finally {
    await kafka.close()
  }
}

/** A sender repeats without end; the check does not wait without end. */
async function overdue(ms: number): Promise<never> {
  await sleep(ms, undefined, { ref: false })
  throw new Error(`not every request was acknowledged within ${ms / 1_000} s`)
}

/** A customer's endpoint that gets every event of one type, added through the console. */
async function addEndpoint({ millrace, variables }: Compose): Promise<void> {
  const secret = ['--secret', variables.RECEIVER_SECRET ?? '']
  const options = ['--types', DELIVERED_TYPE, '--per-minute', DELIVERIES_PER_MINUTE, ...secret]
  const { code, text, errors } = await millrace('endpoints', 'add', 'http://receiver:8098/webhooks', ...options)
  if (code !== 0) throw new Error(`the endpoint could not be added: ${text}${errors}`)
}

/** Each recorded webhook of Front and Make once, signed as it was. @returns the ids that the gateway gave those it took */
async function sendSamples(
  gatewayUrl: string,
  variables: Compose['variables'],
  report: Report,
): Promise<ReadonlySet<string>> {
  const secrets = { front: variables.WEBHOOK_SECRET ?? '', make: variables.MAKE_COM_WEBHOOK_SECRET ?? '' }
  const samples = freshSamples()
  const taken = new Set<string>()
  for (const sample of samples) {
    const headers = headersOf(sample, secrets)
    const answered = await fetch(gatewayUrl + sample.path, {
      method: 'POST',
      headers,
      body: new Uint8Array(sample.body),
    })
    if (answered.ok) taken.add(answered.headers.get('x-webhook-id') ?? '')
    else report.note(`${sample.name}: ${answered.status} ${await answered.text()}`)
  }
  report.figure('signed samples taken, a synchronous answer among them', taken.size, { exactly: samples.length })
  return taken
}

/** Kills one container after the other over the time that the load takes. An engine does not start what was killed by hand: that is done as an orchestrator would. */
async function killAll(containers: readonly string[], loadMs: number, report: Report): Promise<number> {
  const step = loadMs / (killed.length + 1)
  const kills = killed.map(async (service, index) => {
    // Not one after the other: on a busy machine a start outlasts the load.
    await sleep(step * (index + 1))
    const container = containers[index] ?? ''
    await docker('kill', '--signal', 'KILL', container)
    report.note(`killed ${service}`)
    await docker('start', container)
  })
  return (await Promise.all(kills)).length
}

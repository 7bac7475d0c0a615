// How long a Make scenario waits for its graph: 50 tasks a second through gateway, dedup and knowledge-graph, each answered on its own request.
// The stages are read from the records on the way: their times are those of the processes that wrote them, all on this machine's clock.
import { Agent } from 'node:http'
import { startReport } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { askForGraph, atRate, freshMakeSample, percentile } from '@millrace/test-support'
import { startWholeSystem } from './whole-system.ts'

const RATE = Number(process.env.BENCH_RATE ?? 50)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 20)
/** Sent before anything is measured: first requests pay for connections and compilation. */
const WARM_UP_SECONDS = 6
/** Posted twice at once, with one idempotency key. */
const PAIRS = 20

interface Answered {
  readonly ms: number
  readonly webhookId: string
  readonly isRight: boolean
  /** Epoch milliseconds of the last byte. */
  readonly at: number
}

const report = startReport('bench sync')
// As `npm start` runs it: compiling hot code fully would take half of a core for longer than this lasts.
const whole = await startWholeSystem(report, { isLongRun: false })
const { system, kafka } = whole
const agent = new Agent({ keepAlive: true, maxSockets: 512 })
const asking = { gatewayUrl: system.gatewayUrl, secret: system.makeSecret, agent }
try {
  await askSteadily(RATE * WARM_UP_SECONDS, 'warming up')
  const answers = await askSteadily(RATE * SECONDS, `${RATE} tasks a second`)
  const right = answers.filter(({ isRight }) => isRight)
  const times = right.map(({ ms }) => ms)
  report.figure('tasks a second', RATE)
  report.figure('tasks', answers.length)
  report.figure('not answered with their own graph', answers.length - right.length, { exactly: 0 })
  report.figure('answer p50 ms', percentile(times, 50), { atMost: 80 })
  report.figure('answer p95 ms', percentile(times, 95))
  report.figure('answer p99 ms', percentile(times, 99), { atMost: 250 })
  report.figure('answer at most ms', percentile(times, 100))

  report.progress('two posts with one key at once')
  const pairs = await Promise.all(Array.from({ length: PAIRS }, (_, place) => askTwice(`pair-${place}`)))
  report.figure('pairs with one key', pairs.length)
  report.figure('pairs with two answers', pairs.filter(([one, two]) => one !== two).length, { exactly: 0 })

  report.progress('reading the stages')
  await stages(right)

  const { status, json } = await askForGraph({ ...asking, body: Buffer.from('{"client_id":"acme","task":"T"}') })
  report.figure('status for a bad body', status, { exactly: 400 })
  report.figure('problems that it names', json?.errors?.length ?? 0, { exactly: 2 })
} finally {
  agent.destroy()
  await whole.stop()
}
await report.finish()

/** Asks for `count` graphs at `RATE`, whether or not those before have been answered. */
async function askSteadily(count: number, what: string): Promise<Answered[]> {
  const asked: Promise<Answered>[] = []
  let answered = 0
  await atRate(RATE, Array(count), (_, dueAt) => {
    // From the moment at which it was due: a slow answer must not hide the wait of the next.
    asked.push(askOne(dueAt).finally(() => answered++))
    report.progress(`${what}: ${answered} of ${count} answered`)
  })
  return Promise.all(asked)
}

async function askOne(since: number): Promise<Answered> {
  const { body, clientId } = freshMakeSample()
  try {
    const { status, json, ms } = await askForGraph({ ...asking, body, since })
    const isRight = status === 200 && json?.status === 'processed' && json.client_id === clientId
    return { ms, isRight, webhookId: json?.webhook_id ?? '', at: Date.now() }
  } catch {
    return { ms: Number.NaN, isRight: false, webhookId: '', at: 0 }
  }
}

async function askTwice(key: string): Promise<readonly [string, string]> {
  const { body } = freshMakeSample()
  const [one, two] = await Promise.all([askForGraph({ ...asking, body, key }), askForGraph({ ...asking, body, key })])
  return [`${one.status} ${one.text}`, `${two.status} ${two.text}`]
}

/** Medians of the way's parts, and that each event was extracted once. */
async function stages(answers: readonly Answered[]): Promise<void> {
  const received = new Map<string, number>()
  const claimed = new Map<string, { readonly receivedAt: number; readonly at: number; readonly eventId: string }>()
  const extracted = new Map<string, number[]>()
  for await (const record of kafka.read(topics.received, { from: 'beginning', untilEnd: true })) {
    const webhook = kafka.decode(topics.received, record)
    if (webhook !== null) received.set(webhook.webhook_id, record.timestamp)
  }
  for await (const record of kafka.read(topics.events, { from: 'beginning', untilEnd: true })) {
    const event = kafka.decode(topics.events, record)
    if (event === null) continue
    claimed.set(event.webhook_id, { receivedAt: event.received_at, at: record.timestamp, eventId: event.event_id })
  }
  for await (const record of kafka.read(topics.extractions, { from: 'beginning', untilEnd: true })) {
    const extraction = kafka.decode(topics.extractions, record)
    if (extraction === null) continue
    extracted.set(extraction.event_id, [...(extracted.get(extraction.event_id) ?? []), record.timestamp])
  }
  const ways = answers.flatMap(({ webhookId, at }) => {
    const sent = received.get(webhookId)
    const event = claimed.get(webhookId)
    const read = extracted.get(event?.eventId ?? '')?.[0]
    return sent === undefined || event === undefined || read === undefined ? [] : [{ sent, event, read, at }]
  })
  const part = (name: string, ofWay: (way: (typeof ways)[number]) => number) => {
    report.figure(`${name} p50 ms`, percentile(ways.map(ofWay), 50))
    report.figure(`${name} p99 ms`, percentile(ways.map(ofWay), 99))
  }
  part('received to sent', ({ sent, event }) => sent - event.receivedAt)
  part('sent to claimed (produce, fetch, Redis)', ({ sent, event }) => event.at - sent)
  part('claimed to answered (commit, fetch, extraction, Redis)', ({ event, at }) => at - event.at)
  part('answered to written (the transaction of the graph)', ({ read, at }) => read - at)
  const twice = [...extracted.values()].filter((runs) => runs.length > 1).length
  report.figure('events extracted twice', twice, { exactly: 0 })
  report.figure('answers whose way is not in the topics', answers.length - ways.length, { exactly: 0 })
}

// The gateway alone on a real broker: how long until a sender has its 2xx at 1,000 events a minute, what a 1 MB body does to the others, and
// how much one process takes at most.
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { connectKafka } from '@millrace/kafka'
import { freePort, startReport, startStack } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { generateEvents, postInOrder, quietLog, runService, signFront } from '@millrace/test-support'
import { measureSigning } from './measure-signing.ts'
import { percentile } from './percentile.ts'

const SECONDS = Number(process.env.BENCH_SECONDS ?? 30)
const CONNECTIONS = 64
const MEGABYTE = 1_000_000

const report = startReport('bench gateway')
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const secret = randomBytes(16).toString('hex')
const kafka = connectKafka({ brokers: stack.brokers.split(','), clientId: 'bench', log: quietLog })
await kafka.ensureTopics([topics.received], { eventPartitions: 12, replication: 1 })
const port = await freePort()
const gateway = await runService({
  name: 'gateway',
  env: {
    KAFKA_BROKERS: stack.brokers,
    REDIS_URL: stack.redisUrl,
    GATEWAY_PORT: String(port),
    GATEWAY_RATE_PER_ADDRESS: '0',
    WEBHOOK_SECRET: secret,
    MILLRACE_SOURCES: join(import.meta.dirname, 'gateway-sources.yaml'),
  },
})
const url = `http://127.0.0.1:${port}/api/webhooks/front`
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
let accepted = 0
try {
  await steadily(200, 50, 'warming up')
  const steady = await steadily(Math.round((1_000 / 60) * SECONDS), 1_000 / 60, '1,000 events a minute')
  report.figure('1,000 a minute, acknowledgement p50 ms', percentile(steady.latencies, 50))
  report.figure('1,000 a minute, acknowledgement p99 ms', percentile(steady.latencies, 99), { atMost: 100 })
  report.figure('1,000 a minute, repeated or timed out', steady.repeated, { exactly: 0 })

  report.progress('1 MB bodies beside small ones')
  const large = Array.from({ length: 60 }, () => bodyOf(MEGABYTE))
  const [largeTimes, smallTimes] = await Promise.all([
    inTurn(large),
    inTurn(Array.from({ length: 600 }, () => bodyOf(2_000))),
  ])
  report.figure('1 MB, acknowledgement p99 ms', percentile(largeTimes, 99))
  report.figure('2 KB beside 1 MB, acknowledgement p99 ms', percentile(smallTimes, 99))
  for (const [name, times] of measureSigning(200)) {
    if (name.includes('1 MB')) report.figure(`signature check, ${name}, p99 ms`, percentile(times, 99), { atMost: 10 })
  }

  const cpuBefore = await metric('process_cpu_time_total')
  const full = await saturate(SECONDS)
  const cpu = (await metric('process_cpu_time_total')) - cpuBefore
  report.figure(`${CONNECTIONS} connections, requests a second`, full.times.length / SECONDS)
  report.figure(`${CONNECTIONS} connections, p50 ms`, percentile(full.times, 50))
  report.figure(`${CONNECTIONS} connections, p99 ms`, percentile(full.times, 99))
  report.figure(`${CONNECTIONS} connections, not 2xx`, full.failed, { exactly: 0 })
  report.figure('CPU seconds for 1,000 requests', (cpu / full.times.length) * 1_000)
  report.figure('resident memory MB', (await metric('process_memory_usage')) / 1e6)
  const stored = [...(await kafka.ends(topics.received)).values()].reduce((sum, end) => sum + Number(end), 0)
  report.figure('acknowledged', accepted)
  report.figure('acknowledged but not stored', Math.max(0, accepted - stored), { exactly: 0 })
} finally {
  agent.destroy()
  await gateway.stop()
  await kafka.close()
  await stack.stop()
}
await report.finish()

async function steadily(count: number, rate: number, what: string) {
  const { events } = generateEvents({
    count,
    conversations: 200,
    duplicateRatio: 0,
    seed: randomBytes(4).readUInt32BE(),
  })
  const onProgress = ({ acknowledged }: { acknowledged: number }) =>
    report.progress(`${what}: ${acknowledged} of ${count}`)
  const posted = await postInOrder({ url, secret, rate, posts: events, onProgress })
  accepted += posted.latencies.length
  return posted
}

/** Milliseconds until the answer; NaN when it is no 2xx. */
function post(body: Buffer): Promise<number> {
  const since = performance.now()
  const headers = { ...signFront(body, 'app', secret), 'content-length': body.length }
  return new Promise((resolve, reject) => {
    const sending = request(url, { method: 'POST', agent, headers }, (answer) => {
      const isAccepted = (answer.statusCode ?? 0) < 300
      if (isAccepted) accepted++
      answer.resume()
      answer.on('end', () => resolve(isAccepted ? performance.now() - since : Number.NaN))
    })
    sending.on('error', reject)
    sending.end(body)
  })
}

async function inTurn(bodies: readonly Buffer[]): Promise<number[]> {
  const times: number[] = []
  for (const body of bodies) times.push(await post(body))
  return times
}

async function saturate(seconds: number): Promise<{ times: number[]; failed: number }> {
  const end = performance.now() + seconds * 1_000
  const times: number[] = []
  let failed = 0
  const client = async () => {
    while (performance.now() < end) {
      const ms = await post(bodyOf(2_000))
      if (Number.isNaN(ms)) failed++
      else times.push(ms)
      report.progress(`as many as it takes: ${times.length}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, client))
  return { times, failed }
}

function bodyOf(size: number): Buffer {
  const event = {
    id: `evt_${randomBytes(6).toString('hex')}`,
    conversation: { id: `cnv_${randomBytes(2).toString('hex')}` },
  }
  const text = JSON.stringify({ type: 'inbound_received', payload: { ...event, type: 'inbound', text: '' } })
  return Buffer.from(text.replace('"text":""', `"text":"${'The parcel has not come yet. '.repeat(size / 29)}"`))
}

/** Sum of a metric over its labels. */
async function metric(name: string): Promise<number> {
  const lines = (await gateway.metrics()).split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

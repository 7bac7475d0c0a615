// How long a delivery takes from its request to its first attempt, at 1,000 a second over 200 endpoints or at the highest rate that this machine holds,
// and how much the others feel of the tenth of the endpoints that hang for 30 s. Deliveries are written as the requesting transform writes them.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { newEndpoint, sealedFor, topicKey } from '@millrace/domain'
import { connectKafka } from '@millrace/kafka'
import { freePort, startReport, startStack } from '@millrace/local'
import { allTopics, type Endpoint, topics } from '@millrace/schemas'
import { newSecret, newSecretKey, parseSecretKeys, seal } from '@millrace/signing'
import { percentile, quietLog } from '@millrace/test-support'
import { type Phase, runPhase } from './delivery/phase.ts'
import { startReceivers } from './delivery/receivers.ts'
import { startServer } from './gateway/server-process.ts'

/** The highest first; the one that holds is used for what follows. */
const RATES = (process.env.BENCH_RATES ?? '1000,800,600,450,300,200').split(',').map(Number)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 20)
/** Longer than a hanging request, so that time-outs are in it. */
const PAIR_SECONDS = Number(process.env.BENCH_PAIR_SECONDS ?? 40)
const PAIRS = Number(process.env.BENCH_PAIRS ?? 3)
const WARM_UP_SECONDS = 8
const ENDPOINTS = 200
const HANGING = ENDPOINTS / 10
const PREFIX = 'bench.'
/** A directory for V8's CPU profile of the service. */
const PROFILE = process.env.BENCH_PROFILE

const report = startReport('bench delivery')
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const kafka = connectKafka({ brokers: stack.brokers.split(','), clientId: 'bench', log: quietLog, prefix: PREFIX })
const receivers = await startReceivers()
const keys = newSecretKey('bench')
const adminPort = await freePort()
await kafka.ensureTopics(allTopics(), { eventPartitions: 4, replication: 1 })
const endpoints = await addEndpoints(ENDPOINTS + HANGING * PAIRS)
mkdirSync(report.dir, { recursive: true })
const service = await startServer({
  name: 'delivery',
  script: 'services/delivery/src/main.ts',
  port: adminPort,
  dir: report.dir,
  isReady: async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).ok,
  nodeArguments: PROFILE === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${PROFILE}`],
  envs: [
    {
      KAFKA_BROKERS: stack.brokers,
      REDIS_URL: stack.redisUrl,
      KAFKA_PREFIX: PREFIX,
      REDIS_PREFIX: PREFIX,
      KAFKA_EVENT_PARTITIONS: '4',
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      MILLRACE_SECRET_KEYS: keys,
      ADMIN_HOST: '127.0.0.1',
      DELIVERY_ADMIN_PORT: String(adminPort),
      DELIVERY_ALLOW_HTTP: 'true',
      DELIVERY_ALLOW_PRIVATE: 'true',
      // The limits are raised, as the bench is about the sender.
      DELIVERY_TENANT_CONCURRENCY: '10000',
      DELIVERY_TENANT_PER_MINUTE: '1000000',
    },
  ],
})
try {
  const everybody = endpoints.slice(0, ENDPOINTS)
  await phase(RATES.at(-1) ?? 200, WARM_UP_SECONDS, everybody, 'warming up')
  const held = await highestRate(everybody)
  report.figure('deliveries a second', held.rate)
  report.figure('wanted deliveries a second', RATES[0] ?? 0)
  report.figure('requested to first attempt p50 ms', percentile(held.latencies, 50), { atMost: 100 })
  report.figure('requested to first attempt p95 ms', percentile(held.latencies, 95), { atMost: 250 })
  report.figure('requested to first attempt p99 ms', percentile(held.latencies, 99))
  report.figure('not arrived', held.missing, { exactly: 0 })
  report.figure('requests that Kafka refused', held.refused, { exactly: 0 })
  report.figure('CPU ms of the service for one delivery', held.cpuMs)
  report.figure('cores of the service', held.cores)
  await pairs(held.rate, everybody)
} finally {
  await service.stop()
  await receivers.stop()
  await kafka.close()
  await stack.stop()
}
await report.finish()

async function phase(
  rate: number,
  seconds: number,
  to: readonly Endpoint[],
  what: string,
  counted: (endpoint: Endpoint) => boolean = everyone,
): Promise<Phase> {
  const onProgress = (text: string) => report.progress(`${what}: ${text}`)
  const found = await runPhase({
    kafka,
    service,
    receivers,
    rate,
    seconds,
    endpoints: to,
    isCounted: counted,
    onProgress,
  })
  const { latencies, missing, refused, cores, cpuMs, rssMb } = found
  const [p50, p95, p99] = [50, 95, 99].map((percent) => percentile(latencies, percent))
  report.note(
    `${what}: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, ${missing} missing, ${refused} refused by Kafka, ${cores.toFixed(2)} cores, ${cpuMs.toFixed(2)} ms each, ${rssMb} MB`,
  )
  return found
}

async function highestRate(everybody: readonly Endpoint[]): Promise<Phase & { readonly rate: number }> {
  for (const rate of RATES) {
    const found = await phase(rate, SECONDS, everybody, `${rate} a second`)
    const { latencies, missing, refused } = found
    const [p50, p95] = [percentile(latencies, 50), percentile(latencies, 95)]
    if ((p50 <= 100 && p95 <= 250 && missing === 0 && refused === 0) || rate === RATES.at(-1)) return { ...found, rate }
  }
  throw new Error('BENCH_RATES is empty')
}

/** All answer, then a tenth hangs, in turn: what else the machine does meets both. */
async function pairs(rate: number, everybody: readonly Endpoint[]): Promise<void> {
  const common = everybody.slice(HANGING)
  const isCommon = (endpoint: Endpoint) => common.includes(endpoint)
  const [calm, troubled]: [Phase[], Phase[]] = [[], []]
  for (let pair = 0; pair < PAIRS; pair++) {
    calm.push(await phase(rate, PAIR_SECONDS, everybody, `pair ${pair + 1}, all answer`, isCommon))
    const first = ENDPOINTS + pair * HANGING
    receivers.hang(Array.from({ length: HANGING }, (_, place) => first + place))
    const hanging = endpoints.slice(first, first + HANGING)
    troubled.push(await phase(rate, PAIR_SECONDS, [...common, ...hanging], `pair ${pair + 1}, a tenth hangs`, isCommon))
    receivers.hang([])
    await delay(5_000)
  }
  const p99 = (phases: readonly Phase[]) =>
    percentile(
      phases.map(({ latencies }) => percentile(latencies, 99)),
      50,
    )
  report.figure('pairs', PAIRS)
  report.figure('p99 ms, all answer', p99(calm))
  report.figure('p99 ms of the others, a tenth hangs', p99(troubled), { atMost: 1_000 })
  report.figure('p99 of the others beside it', p99(troubled) / p99(calm), { atMost: 1.1 })
  report.figure(
    'not arrived in the pairs',
    [...calm, ...troubled].reduce((sum, { missing }) => sum + missing, 0),
    { exactly: 0 },
  )
  for (const [place, { rssMb }] of troubled.entries()) report.figure(`memory MB, after pair ${place + 1}`, rssMb)
  // V8 takes what it may while it warms up, time-outs among it; what grows after that is not flat.
  report.figure(
    'memory at the end beside the pair before',
    (troubled.at(-1)?.rssMb ?? 0) / (troubled.at(-2)?.rssMb ?? 0),
    {
      atMost: 1.1,
    },
  )
}

function everyone(_: Endpoint): boolean {
  return true
}

async function addEndpoints(count: number): Promise<readonly Endpoint[]> {
  const sealing = parseSecretKeys(keys)
  const made = Array.from({ length: count }, (_, place): Endpoint => {
    const of = { tenant: `tenant-${place % 10}`, endpoint_id: `ep_${place}` }
    const sealed = seal(newSecret(), sealing, sealedFor(of, 'secret'))
    const secret = { id: 'sec_1', kind: 'v1', sealed, public_key: null, created_at: 0, not_after: null } as const
    return { ...newEndpoint({ ...of, url: receivers.urlOf(place) }, 0), secrets: [secret], max_per_minute: 100_000 }
  })
  await Promise.all(made.map((each) => kafka.send(topics.endpoints, topicKey(each.tenant, each.endpoint_id), each)))
  return made
}

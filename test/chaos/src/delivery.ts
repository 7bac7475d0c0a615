// Three delivery replicas under steady load, each restarted in turn and each killed (-9) once in the middle, with endpoints that fail, are slow and want
// order; at last Redis loses everything. What counts is what the receivers saw: never more than 10 requests open, never more than 100 in any minute, nothing lost, hardly anything twice.
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { topicKey } from '@millrace/domain'
import { connectKafka } from '@millrace/kafka'
import { startReport, startStack } from '@millrace/local'
import { allTopics, topics } from '@millrace/schemas'
import { newSecretKey } from '@millrace/signing'
import { quietLog, runService, type ServiceProcess, waitFor } from '@millrace/test-support'
import { startCountingReceiver } from './delivery/counting-receiver.ts'
import { endpointFor, eventFor, kindOf } from './delivery/load.ts'

/** Over which restarts and kills are spread. */
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 150)
const ENDPOINTS = Number(process.env.CHAOS_ENDPOINTS ?? 80)
/** Of each endpoint: with restarts and retries more than its limit lets through, so that the limit counts and a queue comes and ends. */
const PER_MINUTE = Number(process.env.CHAOS_PER_MINUTE ?? 95)
const LIMIT = { inFlight: 10, perMinute: 100 }
const REPLICAS = 3
const AFTER_LOSS_MS = 10_000
const SETTLE_MS = 20_000
/** An answer that was on its way when its process was killed. */
const AROUND_A_KILL_MS = 1_500
const TENANT = 'chaos'

const report = startReport('chaos delivery')
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const prefix = `chaos${Date.now()}.`
const keys = newSecretKey('chaos')
const kafka = connectKafka({ brokers: stack.brokers.split(','), clientId: 'chaos', log: quietLog, prefix })
// A busy machine may take longer for a hundred topics than one request waits.
await waitFor(() => kafka.ensureTopics(allTopics(), { eventPartitions: 6, replication: 1 }), {
  what: 'the topics',
  deadlineMs: 120_000,
  everyMs: 1_000,
})
const receiver = await startCountingReceiver((path) => kindOf(path))
const endpoints = Array.from({ length: ENDPOINTS }, (_, nth) =>
  endpointFor(nth, { tenant: TENANT, url: receiver.url, keys }),
)
for (const endpoint of endpoints)
  await kafka.send(topics.endpoints, topicKey(endpoint.tenant, endpoint.endpoint_id), endpoint)

const replicas: ServiceProcess[] = await Promise.all(
  Array.from({ length: REPLICAS }, () =>
    runService({
      name: 'delivery',
      readyWithinMs: 120_000,
      env: {
        KAFKA_BROKERS: stack.brokers,
        KAFKA_PREFIX: prefix,
        KAFKA_SESSION_TIMEOUT_MS: '6000',
        REDIS_URL: stack.redisUrl,
        REDIS_PREFIX: prefix,
        MILLRACE_SECRET_KEYS: keys,
        DELIVERY_ALLOW_HTTP: 'true',
        DELIVERY_ALLOW_PRIVATE: 'true',
        DELIVERY_TIMEOUT_SECONDS: '5',
        LOG_LEVEL: 'warn',
      },
    }),
  ),
)

try {
  const stop = new AbortController()
  const publishing = publish(stop.signal)
  const disturbed = await disturb()
  // Both at once, a new owner that finds neither lease nor result, is more than is promised.
  await delay(SETTLE_MS)
  report.note('Redis loses everything')
  await emptyRedis(stack.redisUrl)
  const lostAt = Date.now()
  await delay(AFTER_LOSS_MS)
  stop.abort()
  const wanted = await publishing
  report.note(`${wanted.size} deliveries requested, waiting for the last`)
  const missing = () => [...wanted].filter((name) => !receiver.accepted().has(name))
  await waitFor(
    () => {
      const left = missing().length
      report.progress(`${left} of ${wanted.size} not accepted yet`)
      return left === 0
    },
    { what: 'every delivery to be accepted', deadlineMs: 240_000, everyMs: 500 },
  ).catch((error: Error) => report.note(error.message))
  const duplicates = receiver.repeated()
  // What was on its way then may still come; every other request had a grant of before.
  const silentMs = receiver.silenceAfter(lostAt + 2_000)
  report.figure('deliveries', wanted.size)
  report.figure('requests at the receivers', receiver.requests())
  report.figure('rolling restarts', disturbed.restarts, { exactly: REPLICAS })
  report.figure('kills', disturbed.killedAt.length, { exactly: REPLICAS })
  report.figure('seconds without a request after Redis lost everything', Math.round(silentMs / 1_000), { atLeast: 60 })
  report.figure('most open at one endpoint', receiver.mostOpen(), { atMost: LIMIT.inFlight })
  report.figure('most in any minute at one endpoint', receiver.mostIn(60_000), { atMost: LIMIT.perMinute })
  report.figure('lost', missing().length, { exactly: 0 })
  report.figure('accepted more than once', duplicates.firstAt.length)
  const isOfKill = (at: number) => disturbed.killedAt.some((killed) => Math.abs(at - killed) < AROUND_A_KILL_MS)
  report.figure('of these not open at a kill', duplicates.firstAt.filter((at) => !isOfKill(at)).length)
  report.figure('accepted more than once, of all (%)', (100 * duplicates.firstAt.length) / wanted.size, { atMost: 0.1 })
  report.figure('repeats with another webhook-id', duplicates.otherId, { exactly: 0 })
  report.figure('inversions within a conversation, ordered endpoints', receiver.inversions(), { exactly: 0 })
} finally {
  await Promise.all(replicas.map((replica) => replica.stop()))
  await receiver.close()
  await kafka.close()
  await stack.stop()
}
await report.finish()

/** Events at a steady rate until `signal` aborts; gives what must be accepted, as endpoint and event. */
async function publish(signal: AbortSignal): Promise<Set<string>> {
  const wanted = new Set<string>()
  const pauseMs = 60_000 / PER_MINUTE
  const sending: Promise<unknown>[] = []
  for (let nth = 0; !signal.aborted; nth++) {
    // One event reaches every endpoint.
    const event = eventFor(nth, TENANT)
    for (const { endpoint_id } of endpoints) wanted.add(`${endpoint_id} ${nth}`)
    sending.push(kafka.send(topics.events, topicKey(TENANT, event.conversation_id ?? ''), event))
    await delay(pauseMs)
    report.progress(`${receiver.accepted().size} of ${wanted.size} accepted`)
  }
  await Promise.all(sending)
  return wanted
}

/** Every key of every service is gone, as after a crash of a Redis without persistence. */
async function emptyRedis(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.write('FLUSHALL\r\n')
  const [answer] = await once(socket, 'data')
  socket.destroy()
  if (!String(answer).startsWith('+OK')) throw new Error(`Redis was not emptied: ${answer}`)
}

/** Each replica is restarted in order, then each is killed. */
async function disturb(): Promise<{ restarts: number; killedAt: number[] }> {
  const pauseMs = (SECONDS * 1_000) / (REPLICAS * 2 + 2)
  let restarts = 0
  const killedAt: number[] = []
  for (const [nth, replica] of replicas.entries()) {
    await delay(pauseMs)
    report.note(`replica ${nth + 1} is restarted`)
    await replica.restart()
    restarts++
  }
  for (const [nth, replica] of replicas.entries()) {
    await delay(pauseMs)
    report.note(`replica ${nth + 1} is killed`)
    killedAt.push(Date.now())
    await replica.kill()
    await replica.start()
  }
  return { restarts, killedAt }
}

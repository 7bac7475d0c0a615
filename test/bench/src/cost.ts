// What one event costs each service: processor time, memory, bytes in Kafka and in Redis, at a steady rate through the whole system. BENCH_RATE=100 BENCH_SECONDS=120; --redis: only the memory of 1,000,000 claims.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Report, root, type Stack, startReport, startStack } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { withRedis } from '@millrace/service-kit'
import { generateEvents, postInOrder, quietLog, waitFor } from '@millrace/test-support'
import type { Redis } from 'ioredis'
import { measureClaims } from './cost/measure-claims.ts'
import { usageOf } from './gateway/server-process.ts'
import { startWholeSystem } from './whole-system.ts'

const RATE = Number(process.env.BENCH_RATE ?? 100)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 120)
const CLAIMS = Number(process.env.BENCH_CLAIMS ?? 1_000_000)
const DELIVERED = 'comment.added'
/** First requests pay for connections and compilation. */
const WARM_UP = 300
const SETTLE_MS = 120_000
const { values: args } = parseArgs({ options: { redis: { type: 'boolean', default: false } } })

const report = startReport('bench cost')
await (args.redis ? claimsAlone() : wholeSystem())
await report.finish()

async function claimsAlone(): Promise<void> {
  const stack = await startStack({ dir: join(report.dir, 'stack'), isDurable: false, say: report.say })
  try {
    await inRedis(stack, (redis) =>
      measureClaims(redis, CLAIMS, report, join(root, 'services/dedup/src/claim-events.lua')),
    )
  } finally {
    await stack.stop()
  }
}

async function wholeSystem(): Promise<void> {
  const whole = await startWholeSystem(report)
  const { system, stack, kafka } = whole
  try {
    await system.addEndpoint(DELIVERED)
    const eventsIn = async () => [...(await kafka.ends(topics.events)).values()].reduce((sum, end) => sum + end, 0n)
    const post = async (count: number) => {
      const { events, expected } = generateEvents({
        count,
        conversations: 200,
        duplicateRatio: 0.05,
        seed: Date.now() % 2 ** 31,
      })
      const onProgress = ({ acknowledged }: { acknowledged: number }) =>
        report.progress(`${acknowledged} of ${events.length}`)
      await postInOrder({
        url: `${system.gatewayUrl}/api/webhooks/front`,
        secret: system.webhookSecret,
        rate: RATE,
        posts: events,
        onProgress,
      })
      await calm(eventsIn)
      return [...expected.values()].flat().length
    }
    await post(WARM_UP)
    const look = async () => ({
      processor: new Map(Array.from(system.services, ([name, { pid }]) => [name, usageOf(pid ?? 0)])),
      broker: usageOf(stack.kafka.pid ?? 0),
      kafka: bytesOfTopics(report),
      redis: await inRedis(stack, memoryOf),
    })
    const before = await look()
    const events = await post(RATE * SECONDS)
    const after = await look()
    report.figure('events', events)
    report.figure('rate', RATE)
    for (const [name, { cpu, rss }] of after.processor) {
      const spent = cpu - (before.processor.get(name)?.cpu ?? 0)
      report.figure(`${name}: CPU ms an event`, (spent * 1_000) / events)
      report.figure(`${name}: memory MB`, Math.round(rss / 1e6))
    }
    report.figure('broker: CPU ms an event', ((after.broker.cpu - before.broker.cpu) * 1_000) / events)
    report.figure('Kafka: bytes an event, one replica', Math.round((after.kafka - before.kafka) / events))
    report.figure('Redis: bytes an event', Math.round((after.redis - before.redis) / events))
  } finally {
    await whole.stop()
  }
}

/** Until nothing more comes for a while. */
async function calm(count: () => Promise<bigint>): Promise<void> {
  let last = await count()
  let since = Date.now()
  const isCalm = async () => {
    const now = await count()
    if (now !== last) [last, since] = [now, Date.now()]
    return Date.now() - since > 5_000
  }
  await waitFor(isCalm, { what: 'the events to have come', deadlineMs: SETTLE_MS, everyMs: 500 })
}

function inRedis<T>({ redisUrl }: Stack, work: (redis: Redis) => Promise<T>): Promise<T> {
  return withRedis({ redisUrl, redisPrefix: '' }, quietLog, work)
}

async function memoryOf(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
}

/** Segments of all topics but Kafka's own, as they lie on the disk. */
function bytesOfTopics({ dir }: Report): number {
  const data = join(dir, 'stack/kafka-1/data')
  const logs = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.log') && !file.startsWith('__'),
  )
  return logs.reduce((sum, file) => sum + statSync(join(data, file)).size, 0)
}

import { connectKafka, type Kafka } from '@millrace/kafka'
import type { Stack } from '@millrace/local'
import { generateEvents, postInOrder, quietLog, type RunningSystem, runSystem, waitFor } from '@millrace/test-support'
import { usageOf } from '../gateway/server-process.ts'
import { watchDisturbances } from './disturbances.ts'
import { followStages, type Stage } from './stages.ts'

/** What a load took. */
export interface Measured {
  readonly eventsPerSecond: number
  /** Until each stage was done. */
  readonly seconds: ReadonlyMap<Stage, number>
  /** CPU milliseconds an event, of all services. */
  readonly cpuMs: number
  /** The same of the broker and Redis. */
  readonly serverCpuMs: number
  /** The same by service. */
  readonly byService: ReadonlyMap<string, number>
  /** What the fold had to take in, an event. */
  readonly observations: number
  readonly rebalances: number
  /** Different ones, by service. */
  readonly warnings: readonly string[]
}

export interface MeasuredSystem {
  readonly system: RunningSystem
  readonly kafka: Kafka
  /** Posts so many events as fast as they are taken, and waits until everything is made of them. */
  load(count: number, conversations: number, progress: (text: string) => void): Promise<Measured>
  stop(): Promise<void>
}

/** Delivered to a customer: a sixth of the events. */
const DELIVERED = 'comment.added'
/** Never reached: the gateway takes what it can. */
const RATE = 20_000
const WITHIN_MS = 600_000

/** Every service on a stack that another such system may be on too. */
export async function startMeasuredSystem(
  stack: Stack,
  env: Readonly<Record<string, string>>,
): Promise<MeasuredSystem> {
  const { brokers, redisUrl } = stack
  const system = await runSystem({
    ...{ brokers, redisUrl, requestsPerMinute: 10_000_000, readyWithinMs: 120_000 },
    // What a load reads of Front must not be what it waits for, nor what its own endpoint may get in a minute.
    front: { callsPerMinute: 100_000 },
    env: { DELIVERY_ENDPOINT_PER_MINUTE: '100000', DELIVERY_TENANT_PER_MINUTE: '100000', ...env },
  })
  const { prefix, receiver, services } = system
  // Without a cipher: what is read here is only counted.
  const kafka = connectKafka({ brokers: brokers.split(','), clientId: 'bench', log: quietLog, prefix })
  await system.addEndpoint(DELIVERED)
  const disturbances = watchDisturbances(services)
  const look = async () => ({
    services: new Map(Array.from(services, ([name, { pid }]) => [name, usageOf(pid ?? 0).cpu])),
    servers: usageOf(stack.kafka.pid ?? 0).cpu + usageOf(stack.redis.pid ?? 0).cpu,
    rebalances: await disturbances.rebalances(),
  })

  return {
    system,
    kafka,
    async load(count, conversations, progress) {
      const seed = Date.now() % 2 ** 31
      const { events: posts } = generateEvents({ count, conversations, duplicateRatio: 0, seed, hasOwnCustomers: true })
      const wanted = posts.filter(({ type }) => type === DELIVERED).length
      const delivered = receiver.requests().length
      const stages = await followStages(kafka, count, { wanted, count: () => receiver.requests().length - delivered })
      const before = await look()
      const beganAt = Date.now()
      const began = performance.now()
      await postInOrder({
        url: `${system.gatewayUrl}/api/webhooks/front`,
        secret: system.webhookSecret,
        rate: RATE,
        posts,
        onProgress: ({ acknowledged }) => progress(`${acknowledged} of ${count} acknowledged`),
      })
      const isDone = async () => {
        const is = await stages.look()
        progress(stages.text())
        return is
      }
      await waitFor(isDone, { what: 'everything to be made of the events', deadlineMs: WITHIN_MS, everyMs: 100 })
      const seconds = stages.seconds(began)
      const after = await look()
      await stages.stop()
      const anEvent = (cpu: number) => (cpu * 1_000) / count
      const byService = new Map(
        Array.from(after.services, ([name, cpu]) => [name, anEvent(cpu - (before.services.get(name) ?? 0))]),
      )
      return {
        eventsPerSecond: count / Math.max(...seconds.values()),
        seconds,
        cpuMs: [...byService.values()].reduce((sum, ms) => sum + ms, 0),
        serverCpuMs: anEvent(after.servers - before.servers),
        byService,
        observations: stages.observations() / count,
        rebalances: after.rebalances - before.rebalances,
        warnings: disturbances.warningsSince(beganAt),
      }
    },
    async stop() {
      await kafka.close()
      await system.stop()
    },
  }
}

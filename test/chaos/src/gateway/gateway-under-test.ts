import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { freePort, type Report, type Stack, startStack } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { FRONT_PATH, quietLog, runService, type ServiceProcess } from '@millrace/test-support'

export interface GatewayUnderTest {
  readonly stack: Stack
  readonly kafka: Kafka
  readonly gateway: ServiceProcess
  /** Port for webhooks. */
  readonly port: number
  readonly path: string
  /** Of application webhooks. */
  readonly secret: string
  /** Another gateway on the same Kafka and Redis. */
  another(env?: Readonly<Record<string, string>>): Promise<{ readonly gateway: ServiceProcess; readonly port: number }>
  /** Resident memory of the gateway in MB. */
  residentMb(): Promise<number>
  /** The part of it that V8's heap has in use, with what waits to be collected. */
  heapMb(): Promise<number>
  stop(): Promise<void>
}

export interface GatewayOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Default 1. */
  readonly brokers?: number
  readonly partitions?: number
  /** Where the gateway finds its brokers, given their own addresses. */
  readonly between?: (brokers: readonly string[]) => Promise<readonly string[]>
}

/** Kafka, Redis and a gateway process with the default Front source, without limits on what may come. */
export async function startGatewayUnderTest(report: Report, options: GatewayOptions = {}): Promise<GatewayUnderTest> {
  const { brokers: count = 1, partitions = 12, between = async (own) => own } = options
  const stack = await startStack({ dir: join(report.dir, 'stack'), brokers: count, isLongRun: true, say: report.say })
  const brokers = stack.brokers.split(',')
  const secret = randomBytes(16).toString('hex')
  const kafka = connectKafka({ brokers, clientId: 'chaos', log: quietLog })
  await kafka.ensureTopics([topics.received], { eventPartitions: partitions, replication: count })
  const seen = await between(brokers)
  const running: ServiceProcess[] = []
  const start = async (env: Readonly<Record<string, string>> = {}) => {
    const port = await freePort()
    const gateway = await runService({
      name: 'gateway',
      env: {
        KAFKA_BROKERS: seen.join(','),
        REDIS_URL: stack.redisUrl,
        WEBHOOK_SECRET: secret,
        GATEWAY_HOST: '127.0.0.1',
        GATEWAY_PORT: String(port),
        GATEWAY_RATE_PER_ADDRESS: '0',
        MILLRACE_SOURCES: join(import.meta.dirname, 'sources.yaml'),
        LOG_LEVEL: 'warn',
        ...options.env,
        ...env,
      },
    })
    running.push(gateway)
    return { gateway, port }
  }
  const first = await start()
  return {
    stack,
    kafka,
    ...first,
    path: FRONT_PATH,
    secret,
    another: start,
    residentMb: async () => megabytes(/^process_memory_usage\S* (\S+)/m.exec(await first.gateway.metrics())),
    heapMb: async () => megabytes(/^v8js_memory_heap_used\S* (\S+)/m.exec(await first.gateway.metrics())),
    async stop() {
      await Promise.all(running.map((each) => each.stop()))
      await kafka.close()
      await stack.stop()
    },
  }
}

function megabytes(line: RegExpExecArray | null): number {
  return Number(line?.[1]) / 1e6
}

/** Webhook ids of everything that is stored. */
export async function storedIds(kafka: Kafka): Promise<Set<string>> {
  const ids = new Set<string>()
  for await (const record of kafka.read(topics.received, { from: 'beginning', untilEnd: true })) {
    const webhook = kafka.decode(topics.received, record)
    if (webhook !== null) ids.add(webhook.webhook_id)
  }
  return ids
}

import { randomBytes } from 'node:crypto'
import { newSecretKey } from '@millrace/signing'
import {
  FRONT_PATH,
  type FrontSchemeName,
  MAKE_PATH,
  type RunningSystem,
  runSystem,
  type SystemServiceName,
  signFront,
  signMake,
  startTelemetrySink,
  type TelemetrySink,
} from '@millrace/test-support'
import { createTopicReader, type TopicReader } from './topic-reader.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown
}

/** The five services, what stands around them, and a reader of their topics. */
export interface TestSystem extends RunningSystem {
  readonly brokers: string
  readonly topics: TopicReader
  readonly telemetry: TelemetrySink
  /** Encrypts stored secrets (`MILLRACE_SECRET_KEYS`). */
  readonly secretKey: string
  /** Opens the gateway's status. */
  readonly statusToken: string
  post(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<Answer>
  postFront(body: Buffer, scheme: FrontSchemeName): Promise<Answer>
  postMake(body: Buffer, headers?: Readonly<Record<string, string>>): Promise<Answer>
  service(name: SystemServiceName): NonNullable<ReturnType<RunningSystem['services']['get']>>
}

/** What it is asked for once the system is up. */
export type UseSystem = () => TestSystem

/** Starts everything, or `only` these, on the brokers and the Redis of the test run, with the most talkative log that a person would turn on, and telemetry. */
export async function startTestSystem(only?: readonly SystemServiceName[]): Promise<TestSystem> {
  const { KAFKA_BROKERS: brokers = '', REDIS_URL: redisUrl = '' } = process.env
  const telemetry = await startTelemetrySink()
  const secretKey = newSecretKey('e2e')
  const statusToken = randomBytes(16).toString('hex')
  const env = {
    LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: telemetry.url,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '250',
    MILLRACE_SECRET_KEYS: secretKey,
    GATEWAY_STATUS_TOKEN: statusToken,
  }
  const system = await runSystem({
    brokers,
    redisUrl,
    env,
    readyWithinMs: 60_000,
    ...(only === undefined ? {} : { only }),
  })
  const reader = createTopicReader(brokers, system.prefix)
  const post: TestSystem['post'] = async (path, headers, body) => {
    const response = await fetch(system.gatewayUrl + path, { method: 'POST', headers, body: new Uint8Array(body) })
    const bytes = Buffer.from(await response.arrayBuffer())
    return { status: response.status, headers: response.headers, bytes, json: jsonOf(bytes) }
  }
  return {
    ...system,
    brokers,
    topics: reader,
    telemetry,
    secretKey,
    statusToken,
    post,
    postFront: (body, scheme) => post(FRONT_PATH, signFront(body, scheme, system.webhookSecret), body),
    postMake: (body, headers = {}) => post(MAKE_PATH, { ...signMake(body, system.makeSecret), ...headers }, body),
    service: (name) => {
      const service = system.services.get(name)
      if (service === undefined) throw new Error(`${name} does not run`)
      return service
    },
    stop: async () => {
      await reader.close()
      await system.stop()
      await telemetry.close()
    },
  }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

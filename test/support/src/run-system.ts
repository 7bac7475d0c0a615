import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '@millrace/local'
import { newSecret, newSecretKey } from '@millrace/signing'
import { bareEnv } from './bare-env.ts'
import { type FrontSimulator, type FrontSimulatorOptions, startFrontSimulator } from './front-simulator/server.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { type OnLine, runService, type ServiceProcess } from './run-service.ts'

export const systemServices = [
  'gateway',
  'dedup',
  'conversation-refresh',
  'knowledge-graph',
  'delivery',
  'poller',
] as const
export type SystemServiceName = (typeof systemServices)[number]

export interface RunSystemOptions {
  /** `host:port,host:port`. */
  readonly brokers: string
  readonly redisUrl: string
  /** Put before topics, groups and Redis keys; default: a random one, so that runs on one broker do not meet. */
  readonly prefix?: string
  /** Settings beyond the defaults, for all services. */
  readonly env?: Readonly<Record<string, string>>
  /** Requests a minute that each source may make. Default 6 000. */
  readonly requestsPerMinute?: number
  readonly eventPartitions?: number
  /** Default: all services. */
  readonly only?: readonly SystemServiceName[]
  /** Default: makes up unknown conversations, and has no limit. A plan's calls a minute become the account's setting too. */
  readonly front?: FrontSimulatorOptions
  /** Milliseconds that a service has to get ready, at first and after each kill. Default 60 000. */
  readonly readyWithinMs?: number
  /** Commands go to the system's console, which `startConsole` starts, instead of writing topics themselves. Default false. */
  readonly hasConsole?: boolean
  /** As `runService` takes it, of all services. */
  readonly onLine?: OnLine
}

/** Every service as a process of its own, with a Front API and a customer's endpoint beside them. */
export interface RunningSystem {
  readonly gatewayUrl: string
  readonly prefix: string
  readonly webhookSecret: string
  readonly makeSecret: string
  /** Secret of the receiver's endpoint. */
  readonly endpointSecret: string
  readonly services: ReadonlyMap<SystemServiceName, ServiceProcess>
  readonly front: FrontSimulator
  readonly receiver: Receiver
  /** Settings of the services, for a further replica. */
  readonly env: Readonly<Record<string, string>>
  /** Where the console answers once it was started, and the bearer token that may do everything in it. */
  readonly consoleUrl: string
  readonly consoleToken: string
  /** Runs the `millrace` command with the system's settings; resolves with what it printed. */
  millrace(...args: readonly string[]): Promise<string>
  /** Adds the receiver as an endpoint for these types (`a,b` or `*`), with further options of `endpoints add`; resolves with what that printed. */
  addEndpoint(types: string, ...options: readonly string[]): Promise<string>
  /** Starts the console on an empty or a former database, with settings beyond the system's. It stops with the system. */
  startConsole(databaseUrl: string, env?: Readonly<Record<string, string>>): Promise<ServiceProcess>
  stop(): Promise<void>
}

const root = resolve(import.meta.dirname, '../../..')
const node = join(root, 'node_modules/node/bin/node')
const run = promisify(execFile)
/** Calls a minute that nothing here reaches, for a simulator without a limit. */
const UNLIMITED = 6_000

/** Creates the topics and starts the services. Rejects with the log of the one that did not get ready. */
export async function runSystem(options: RunSystemOptions): Promise<RunningSystem> {
  const prefix = options.prefix ?? `s${randomBytes(4).toString('hex')}.`
  const webhookSecret = randomBytes(16).toString('hex')
  const makeSecret = randomBytes(16).toString('hex')
  const endpointSecret = newSecret()
  const front = await startFrontSimulator({ autoCreate: true, ...options.front })
  const receiver = await startReceiver({ secret: endpointSecret })
  const port = await freePort()
  const consolePort = await freePort()
  const consoleUrl = `http://127.0.0.1:${consolePort}`
  const consoleToken = randomBytes(24).toString('hex')
  const readyWithinMs = options.readyWithinMs ?? 60_000
  const ofAll = { readyWithinMs, ...(options.onLine === undefined ? {} : { onLine: options.onLine }) }
  const callsPerMinute = options.front?.callsPerMinute ?? UNLIMITED
  const env: Record<string, string> = {
    KAFKA_BROKERS: options.brokers,
    REDIS_URL: options.redisUrl,
    KAFKA_PREFIX: prefix,
    REDIS_PREFIX: prefix,
    KAFKA_EVENT_PARTITIONS: String(options.eventPartitions ?? 4),
    KAFKA_SESSION_TIMEOUT_MS: '6000',
    GATEWAY_PORT: String(port),
    GATEWAY_RATE_PER_ADDRESS: '0',
    DELIVERY_ALLOW_HTTP: 'true',
    DELIVERY_ALLOW_PRIVATE: 'true',
    WEBHOOK_SECRET: webhookSecret,
    MAKE_COM_WEBHOOK_SECRET: makeSecret,
    FRONT_API_TOKEN: front.token,
    FRONT_API_BASE_URL: front.url,
    FRONT_API_CALLS_PER_MINUTE: String(callsPerMinute),
    MILLRACE_SECRET_KEYS: newSecretKey('test'),
    ...(options.hasConsole ? { MILLRACE_CONSOLE_URL: consoleUrl, MILLRACE_CONSOLE_TOKEN: consoleToken } : {}),
    ...(await sourcesFile(options.requestsPerMinute, callsPerMinute)),
    ...options.env,
  }
  const millrace = async (...args: readonly string[]) => {
    const answer = await run(node, [join(root, 'packages/cli/src/main.ts'), ...args], {
      cwd: tmpdir(),
      env: { ...bareEnv(), NODE_ENV: 'test', ...env },
      maxBuffer: 256 * 1024 * 1024,
    })
    return answer.stdout
  }
  const addEndpoint = (types: string, ...more: readonly string[]) =>
    millrace('endpoints', 'add', receiver.url, '--types', types, '--secret', endpointSecret, ...more)
  const consoles: ServiceProcess[] = []
  const startConsole = async (databaseUrl: string, own: Readonly<Record<string, string>> = {}) => {
    const ofConsole = {
      DATABASE_URL: databaseUrl,
      CONSOLE_PORT: String(consolePort),
      CONSOLE_HOST: '127.0.0.1',
      CONSOLE_ADMIN_TOKEN: consoleToken,
      CONSOLE_LINK_FILE: join(await mkdtemp(join(tmpdir(), 'millrace-console-')), 'link'),
      CONSOLE_RATE_PER_ADDRESS: '0',
    }
    const started = await runService({ name: 'console', env: { ...env, ...ofConsole, ...own }, ...ofAll })
    consoles.push(started)
    return started
  }
  const services = new Map<SystemServiceName, ServiceProcess>()
  const stop = async () => {
    await Promise.all([...consoles, ...services.values()].map((service) => service.stop()))
    await Promise.all([front.close(), receiver.close()])
  }
  try {
    await millrace('topics', 'create')
    await Promise.all(
      (options.only ?? systemServices).map(async (name) =>
        services.set(name, await runService({ name, env, ...ofAll })),
      ),
    )
  } catch (error) {
    await stop()
    throw error
  }
  const gatewayUrl = `http://127.0.0.1:${port}`
  return {
    ...{ webhookSecret, makeSecret, endpointSecret, consoleToken },
    ...{ gatewayUrl, consoleUrl, prefix, services, front, receiver, env },
    ...{ millrace, addEndpoint, startConsole, stop },
  }
}

/** The two default sources with another limit; their secrets stay references. */
async function sourcesFile(
  requestsPerMinute: number | undefined,
  callsPerMinute: number,
): Promise<Record<string, string>> {
  if (requestsPerMinute === undefined) return {}
  const reference = (name: string) => `\${${name}}`
  const limits = { rate_limit_per_minute: requestsPerMinute }
  const sources = {
    accounts: [
      {
        name: 'default',
        api_token: reference('FRONT_API_TOKEN'),
        base_url: reference('FRONT_API_BASE_URL'),
        calls_per_minute: callsPerMinute,
      },
    ],
    sources: [
      {
        name: 'front',
        provider: 'front',
        path: '/api/webhooks/front',
        secrets: [{ secret: reference('WEBHOOK_SECRET') }],
        ...limits,
      },
      {
        name: 'make',
        provider: 'make',
        path: '/api/webhook/make.com/chatgpt-clients',
        secrets: [{ secret: reference('MAKE_COM_WEBHOOK_SECRET') }],
        synchronous: true,
        ...limits,
      },
    ],
  }
  const file = join(await mkdtemp(join(tmpdir(), 'millrace-sources-')), 'sources.yaml')
  // JSON is YAML.
  await writeFile(file, JSON.stringify(sources))
  return { MILLRACE_SOURCES: file }
}

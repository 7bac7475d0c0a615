import type { Kafka, Log } from '@millrace/kafka'
import { readSettings, ServiceKitError, type Source } from '@millrace/service-kit'
import type { Secret } from '@millrace/signing'
import { type Meter, metrics } from '@opentelemetry/api'
import type { AskedRequests } from './asked-requests.ts'
import { type Action, createActionSink } from './embed-actions.ts'
import { type SourceOptions, sourceOf, withSecret } from './embed-source.ts'
import { GatewayError } from './errors.ts'
import { createGateway as createServing, type Gateway, type GatewaySettings } from './gateway.ts'
import type { ReplyDesk } from './reply-desk.ts'
import { settings as definitions } from './settings.ts'
import { createSharedCounts } from './shared-counts.ts'
import { tellRisks } from './tell-risks.ts'

export interface GatewayOptions {
  readonly sources: readonly SourceOptions[]
  /** Where events of sources without an action go. */
  readonly kafka?: Pick<Kafka, 'send' | 'isReachable' | 'isCongested'> | undefined
  /** What differs from the defaults of docs/settings.md; of the environment only NODE_ENV counts, which refuses unsigned webhooks in production. */
  readonly settings?: Partial<GatewaySettings>
  /** Milliseconds for one event's action; default 5 000, the time that Front gives. */
  readonly actionTimeoutMs?: number
  /** Default: warnings and errors to stderr, as JSON lines. */
  readonly log?: Log
  /** Default: the global one of OpenTelemetry. */
  readonly meter?: Meter
  /** Told by the status page. */
  readonly version?: string
}

/** A gateway inside of somebody's own program. */
export interface EmbeddedGateway {
  /**
   * Adds a secret to a source, or replaces the one of the same id. Holds from the next request on.
   * @param secret a text counts as `{ id: 'registered', secret }`
   * @throws GatewayError `MR_GATEWAY_EMBEDDING` when there is no such source, or the secret fits none of its schemes
   */
  registerSecret(source: string, secret: string | Secret): void
  /**
   * Gives the events of a source to `action` instead of Kafka. Holds from the next request on.
   * @throws GatewayError `MR_GATEWAY_EMBEDDING` when there is no such source
   */
  registerRoute(source: string, action: Action): void
  /**
   * Begins to take webhooks; resolves with the URL.
   * @throws GatewayError `MR_GATEWAY_EMBEDDING` when a source has neither an action nor Kafka; ServiceKitError `MR_SERVICE_PORT_TAKEN`
   */
  listen(): Promise<string>
  /** Finishes the requests in hand, at most `deadlineMs` (default 10 000). Idempotent. */
  close(deadlineMs?: number): Promise<void>
}

/**
 * A gateway to embed: the same verification, limits, handshakes, problem documents and pages as the service, without Redis (limits count in
 * this process) and, with an action for each source, without Kafka. Sources are asynchronous: the answer says that events are taken.
 * @throws SigningError for a provider or scheme that is not known; GatewayError `MR_GATEWAY_EMBEDDING` for two sources of one name or path;
 * ServiceKitError `MR_SETTINGS_INVALID` for unsigned webhooks in production, and for TLS files that are no pair
 */
export async function createGateway(options: GatewayOptions): Promise<EmbeddedGateway> {
  const { kafka, log = stderrLog, actionTimeoutMs = 5_000 } = options
  const sources = new Map(options.sources.map((source) => [source.name, sourceOf(source)]))
  checkTwins(options.sources, [...sources.values()])
  const actions = new Map<string, Action>()
  const settings = { ...defaults(), ...options.settings }
  checkSigned(settings)
  const gateway = await createServing({
    kafka: createActionSink({
      actionOf: (source) => actions.get(source),
      kafka,
      timeoutMs: actionTimeoutMs,
      onFailed: (source, error) => log.warn({ source, error }, 'action failed'),
    }),
    desk: noDesk,
    asked: noAnswers,
    counts: createSharedCounts({ redis: noRedis }),
    sources: [...sources.values()],
    settings,
    meter: options.meter ?? metrics.getMeter('@millrace/gateway'),
    log,
    version: options.version ?? 'embedded',
  })
  return embedded(gateway, { sources, actions, hasKafka: kafka !== undefined, settings, log })
}

interface Parts {
  readonly sources: Map<string, Source>
  readonly actions: Map<string, Action>
  readonly hasKafka: boolean
  readonly settings: GatewaySettings
  readonly log: Log
}

function embedded(gateway: Gateway, { sources, actions, hasKafka, settings, log }: Parts): EmbeddedGateway {
  const need = (name: string): Source => {
    const source = sources.get(name)
    if (source === undefined) throw wrong(`there is no source ${name}; there are ${[...sources.keys()].join(', ')}`)
    return source
  }
  return {
    registerSecret(name, secret) {
      const entry = typeof secret === 'string' ? { id: 'registered', secret } : secret
      sources.set(name, withSecret(need(name), entry))
      gateway.useSources([...sources.values()])
    },
    registerRoute(name, action) {
      actions.set(need(name).name, action)
    },
    async listen() {
      const idle = [...sources.keys()].filter((name) => !hasKafka && !actions.has(name))
      if (idle.length > 0) throw wrong(`no Kafka is given, and without an action are: ${idle.join(', ')}`)
      // Not before: secrets are registered after the gateway is made.
      tellRisks([...sources.values()], settings.webhookValidationEnabled, log)
      const port = await gateway.listen()
      const { host, tlsCertFile } = settings
      const scheme = tlsCertFile === undefined ? 'http' : 'https'
      return `${scheme}://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`
    },
    close: (deadlineMs = 10_000) => gateway.close(deadlineMs),
  }
}

/** What is for trying things out must not get into production by way of an embedding program either. */
function checkSigned({ webhookValidationEnabled }: GatewaySettings): void {
  if (webhookValidationEnabled || process.env.NODE_ENV !== 'production') return
  const message = 'webhookValidationEnabled: false is not allowed when NODE_ENV is production'
  throw new ServiceKitError('MR_SETTINGS_INVALID', message)
}

function checkTwins(given: readonly SourceOptions[], sources: readonly Source[]): void {
  const paths = sources.map(({ path }) => path)
  const twin = paths.find((path, place) => paths.indexOf(path) !== place)
  if (sources.length < given.length) throw wrong('two sources have the same name')
  if (twin !== undefined) throw wrong(`two sources have the path ${twin}`)
}

function wrong(detail: string): GatewayError {
  return new GatewayError('MR_GATEWAY_EMBEDDING', { detail })
}

/** The service's own defaults; a program that embeds us has its own environment. */
function defaults(): GatewaySettings {
  return { ...readSettings(definitions, { variables: {} }).values, drainMs: 0 }
}

const write = (level: string) => (fields: object, message: string) =>
  void process.stderr.write(`${JSON.stringify({ level, message, ...plain(fields) })}\n`)
const nothing = () => {}
const stderrLog: Log = { debug: nothing, info: nothing, warn: write('warn'), error: write('error') }

/** JSON has no errors and no big numbers. */
function plain(fields: object): object {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    value instanceof Error ? `${value.name}: ${value.message}` : typeof value === 'bigint' ? String(value) : value,
  ])
  return Object.fromEntries(entries)
}

/** Counts that are told to nobody. */
const noRedis = {
  status: 'end',
  pipeline: () => {
    throw wrong('there is no Redis')
  },
} as const

const unavailable = () => new GatewayError('MR_GATEWAY_REPLIES_UNAVAILABLE')

/** Synchronous answers cross Redis; embedded sources have none. */
const noDesk: ReplyDesk = {
  channel: '',
  take: () => {
    throw unavailable()
  },
  waiting: () => 0,
  close: () => {},
}

const noAnswers: AskedRequests = {
  note: () => Promise.reject(unavailable()),
  find: () => Promise.reject(unavailable()),
}

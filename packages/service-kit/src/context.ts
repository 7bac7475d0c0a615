import { connectKafka, type Kafka, type KafkaOptions, type Running } from '@millrace/kafka'
import type { Meter } from '@opentelemetry/api'
import type { Redis } from 'ioredis'
import type { Check, Checks } from './checks.ts'
import { type Close, type Closers, closeOrder } from './closers.ts'
import type { common, sourceSettings } from './common-settings.ts'
import { ServiceKitError } from './errors.ts'
import type { SourcesHolder } from './hold-sources.ts'
import { keepTrying } from './keep-trying.ts'
import type { Logger } from './log.ts'
import { createProbe } from './probe.ts'
import { closeRedis, openRedis, type RedisOverrides } from './redis.ts'
import { openSchemaRegistry, pendingWireFormat, registryOf } from './schema-registry.ts'
import type { SettingValues } from './settings.ts'
import { watchRunning } from './watch-running.ts'

export type CommonValues = SettingValues<typeof common>

/** What a service is given to work with. */
export interface ServiceContext<S> {
  readonly name: string
  readonly version: string
  readonly settings: S
  readonly log: Logger
  readonly meter: Meter
  /** Aborts when shutdown begins: for loops that would otherwise take new work. Work in hand is finished by closing. */
  readonly signal: AbortSignal
  /** Connected on first use; a broker that is down makes the service not ready, nothing else. */
  readonly kafka: Kafka
  /** Opened on first use; see `openRedis` for what happens while Redis is away. */
  readonly redis: Redis
  /** Where webhooks come from, kept as the file is. @throws ServiceKitError `MR_SERVICE_NO_SOURCES` in a service without `sourceSettings`. */
  readonly sources: S extends SettingValues<typeof sourceSettings> ? SourcesHolder : never
  /** Another Redis connection, for subscriptions; closed at shutdown. */
  newRedis(overrides?: RedisOverrides): Redis
  addCheck(check: Check): void
  /** Adds the health, the gauges and the closing of a consumer or transform. `name` tells several apart in both. */
  watch(running: Running, name?: string): void
  /** Closes a part at shutdown. `order` (see `closeOrder`; default `work`): lower first, equal ones at the same time. */
  onClose(name: string, close: Close, options?: { readonly order?: number }): void
  /**
   * Repeats `action` until it works, with backoff up to 5 s; until then the service is not ready, with the reason.
   * @throws the signal's reason once shutdown has begun
   */
  keepTrying<T>(name: string, action: () => Promise<T>): Promise<T>
}

export interface ContextParts<S> {
  readonly name: string
  readonly version: string
  readonly settings: S
  readonly log: Logger
  readonly meter: Meter
  readonly signal: AbortSignal
  readonly checks: Checks
  readonly closers: Closers
  readonly sources: SourcesHolder | undefined
  readonly servesWithout: readonly Dependency[]
  readonly onFatal: (error: Error) => void
}

/** What a service may depend on, by the name of its check. */
export type Dependency = 'kafka' | 'redis'

/** Puts a service's context together. Kafka and Redis are opened by whoever first asks. */
export function createContext<S extends CommonValues>(parts: ContextParts<S>): ServiceContext<S> {
  const { name, version, settings, log, meter, signal, checks, closers } = parts
  const kafka = lazy(() => openKafka(parts))
  const redis = lazy(() => openCheckedRedis(parts))
  let watched = 0
  return {
    name,
    version,
    settings,
    log,
    meter,
    signal,
    get kafka() {
      return kafka()
    },
    get redis() {
      return redis()
    },
    get sources() {
      if (parts.sources === undefined)
        throw new ServiceKitError('MR_SERVICE_NO_SOURCES', `${name} has no source settings`)
      return parts.sources as ServiceContext<S>['sources']
    },
    newRedis: (overrides) => openClosedRedis(parts, 'redis connection', overrides),
    addCheck: (check) => checks.add(check),
    watch(running, label) {
      watched += 1
      watchRunning(parts, running, label ?? (watched === 1 ? 'consumer' : `consumer-${watched}`))
    },
    onClose: (part, close, options) => closers.add(part, close, options?.order),
    keepTrying: (part, action) => keepTrying({ name: part, action, log, signal, checks }),
  }
}

function openKafka<S extends CommonValues>(parts: ContextParts<S>): Kafka {
  const { name, settings, log, checks, closers, servesWithout, onFatal } = parts
  const kafka = connectKafka({
    brokers: settings.kafkaBrokers,
    clientId: `millrace-${name}`,
    log,
    prefix: settings.kafkaPrefix,
    sessionTimeoutMs: settings.kafkaSessionTimeoutMs,
    transactionTimeoutMs: settings.kafkaTransactionTimeoutMs,
    ssl: settings.kafkaTls,
    onFatal,
    ...login(settings),
    ...wireOf(parts),
  })
  checks.add({
    name: 'kafka',
    // Not what the producer met last: while the service is unready it may get no work that would tell otherwise.
    ready: createProbe(() => kafka.clusterId()),
    isOptional: servesWithout.includes('kafka'),
  })
  closers.add('kafka', (deadlineMs) => kafka.close(deadlineMs), closeOrder.clients)
  return kafka
}

/** Read once at the start: a registry that goes away later holds up nothing but records of schemas that are not known yet. */
function wireOf<S extends CommonValues>({
  settings,
  log,
  signal,
  checks,
}: ContextParts<S>): Pick<KafkaOptions, 'wire'> {
  const registry = registryOf(settings)
  if (registry === undefined) return {}
  const action = () => openSchemaRegistry({ ...registry, writes: settings.schemaRegistryWrites })
  return { wire: pendingWireFormat(keepTrying({ name: 'schema registry', action, log, signal, checks })) }
}

function login(settings: CommonValues): Pick<KafkaOptions, 'sasl'> {
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: username, kafkaSaslPassword: password } = settings
  if (mechanism === undefined || username === undefined || password === undefined) return {}
  return { sasl: { mechanism, username, password } }
}

function openCheckedRedis<S extends CommonValues>(parts: ContextParts<S>): Redis {
  const redis = openClosedRedis(parts, 'redis')
  parts.checks.add({
    name: 'redis',
    ready: () => redis.status === 'ready' || `connection is ${redis.status}`,
    isOptional: parts.servesWithout.includes('redis'),
  })
  return redis
}

function openClosedRedis<S extends CommonValues>(
  parts: ContextParts<S>,
  name: string,
  overrides?: RedisOverrides,
): Redis {
  const redis = openRedis(parts.settings, parts.log, overrides)
  parts.closers.add(name, () => closeRedis(redis), closeOrder.clients)
  return redis
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

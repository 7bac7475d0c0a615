import { connectKafka, type Kafka, type KafkaOptions, type RecordCipher, type Running } from '@millrace/kafka'
import type { Meter } from '@opentelemetry/api'
import type { Redis } from 'ioredis'
import type { Check, Checks } from './checks.ts'
import { type Close, type Closers, closeOrder } from './closers.ts'
import type { common, sourceSettings } from './common-settings.ts'
import type { BlindIndex } from './encryption/blind-index.ts'
import { type Encryption, openEncryption } from './encryption/open-encryption.ts'
import { ServiceKitError } from './errors.ts'
import type { SourcesHolder } from './hold-sources.ts'
import { keepTrying } from './keep-trying.ts'
import type { Logger } from './log.ts'
import { createProbe } from './probe.ts'
import { closeRedis, openRedis, type RedisOverrides, redisAnswers } from './redis.ts'
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
  /** What Kafka encrypts and decrypts with, for what is stored elsewhere; undefined without `MILLRACE_SECRET_KEYS`. */
  readonly cipher: RecordCipher | undefined
  /** Hashes that nobody can guess who has no key; undefined without `MILLRACE_SECRET_KEYS`. */
  readonly blindIndex: BlindIndex | undefined
  /** Puts data keys into Redis that came into their topic while it was away; undefined without `MILLRACE_SECRET_KEYS`. */
  readonly refillKeys: (() => Promise<void>) | undefined
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
  readonly sendWithinMs: number | undefined
  readonly onFatal: (error: Error) => void
}

/** What a service may depend on, by the name of its check. */
export type Dependency = 'kafka' | 'redis'

/** Puts a service's context together. Kafka and Redis are opened by whoever first asks. */
export function createContext<S extends CommonValues>(parts: ContextParts<S>): ServiceContext<S> {
  const { name, version, settings, log, meter, signal, checks, closers } = parts
  const encryption = lazy(() => encryptionOf(parts, () => kafka()))
  const kafka: () => Kafka = lazy(() => openKafka(parts, encryption()))
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
    get cipher() {
      return encryption()?.cipher
    },
    get blindIndex() {
      return encryption()?.blindIndex
    },
    get refillKeys() {
      return encryption()?.refill
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

/** The connection to Redis for keys: whoever writes a record waits for it, and the gateway has 2 s for all. */
const KEYS_TIMEOUT_MS = 500

function encryptionOf<S extends CommonValues>(parts: ContextParts<S>, kafka: () => Kafka): Encryption | undefined {
  const { settings, log, signal } = parts
  if (settings.secretKeys === undefined) return undefined
  return openEncryption({
    ...{ secretKeys: settings.secretKeys, isOn: settings.encryption, kafka, log, signal },
    redis: lazy(() => openClosedRedis(parts, 'redis of keys', { commandTimeout: KEYS_TIMEOUT_MS })),
  })
}

function openKafka<S extends CommonValues>(parts: ContextParts<S>, encryption: Encryption | undefined): Kafka {
  const { name, settings, log, signal, checks, closers, servesWithout, sendWithinMs, onFatal } = parts
  const kafka = connectKafka({
    brokers: settings.kafkaBrokers,
    clientId: `millrace-${name}`,
    log,
    prefix: settings.kafkaPrefix,
    sessionTimeoutMs: settings.kafkaSessionTimeoutMs,
    transactionTimeoutMs: settings.kafkaTransactionTimeoutMs,
    ssl: settings.kafkaTls,
    onFatal,
    ...(sendWithinMs === undefined ? {} : { sendWithinMs }),
    ...login(settings),
    ...wireOf(parts),
    ...(encryption === undefined ? {} : { cipher: encryption.cipher }),
  })
  checks.add({
    name: 'kafka',
    // Not what the producer met last: while the service is unready it may get no work that would tell otherwise.
    ready: createProbe(() => kafka.clusterId()),
    isOptional: servesWithout.includes('kafka'),
  })
  closers.add('kafka', (deadlineMs) => kafka.close(deadlineMs), closeOrder.clients)
  // Before its first record, or that would wait for a group to be joined.
  if (encryption !== undefined && settings.encryption)
    // A turn later: it asks for this very connection, which is there once this call has returned.
    Promise.resolve()
      .then(() => keepTrying({ name: 'encryption', action: encryption.ready, log, signal, checks }))
      .catch(() => {})
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
    ready: redisAnswers(redis),
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

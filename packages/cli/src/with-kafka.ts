import { connectKafka, type Kafka, type KafkaOptions, type Log } from '@millrace/kafka'
import { deadline } from '@millrace/operations'
import { topics } from '@millrace/schemas'
import {
  type Encryption,
  openOwnEncryption,
  openSchemaRegistry,
  pendingWireFormat,
  registryOf,
} from '@millrace/service-kit'
import { CliError } from './errors.ts'
import { quietLog } from './quiet-log.ts'
import { type CliSettings, readCliSettings } from './settings.ts'

/** An unreachable broker is told of within ten seconds, the start of Node included. */
const REACH_WITHIN_MS = 6_000
const CLOSE_WITHIN_MS = 2_000

export interface Connected {
  readonly kafka: Kafka
  /** Undefined without MILLRACE_SECRET_KEYS. */
  readonly encryption: Encryption | undefined
  readonly settings: CliSettings
}

/**
 * Runs `work` with Kafka, once a broker has answered.
 * @throws CliError `MR_CLI_KAFKA_UNREACHABLE` when none does within 6 s
 */
export async function withKafka<T>(work: (connected: Connected) => Promise<T>): Promise<T> {
  const settings = readCliSettings()
  const failed = Promise.withResolvers<never>()
  // Work that has ended already does not hear of it.
  failed.promise.catch(() => {})
  const keys = openOwnEncryption(settings, () => kafka, quietLog)
  const kafka: Kafka = connectKafka({
    // A person waits for a slow broker rather than ask again.
    sendWithinMs: REACH_WITHIN_MS,
    ...kafkaOptions(settings, failed.reject),
    ...(await wireOf(settings)),
    ...(keys.encryption === undefined ? {} : { cipher: keys.encryption.cipher }),
  })
  try {
    await deadline(reach(kafka), REACH_WITHIN_MS, () => unreachable(settings))
    if (settings.encryption && (await hasTopic(kafka))) await keys.encryption?.ready()
    return await Promise.race([work({ kafka, settings, encryption: keys.encryption }), failed.promise])
  } catch (error) {
    throw isUnavailable(error) ? unreachable(settings, error) : error
  } finally {
    await deadline(kafka.close(CLOSE_WITHIN_MS), CLOSE_WITHIN_MS).catch(() => {})
    await keys.close()
  }
}

/**
 * Runs `work`, and connects when it first asks for Kafka: what is wrong with a command line is said before that.
 * @throws as `withKafka`
 */
export async function withLazyKafka<T>(work: (connect: () => Promise<Kafka>) => Promise<T>): Promise<T> {
  const ended = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<Kafka>()
  opened.promise.catch(() => {})
  let running: Promise<void> | undefined
  const connect = () => {
    running ??= withKafka(async ({ kafka }) => {
      opened.resolve(kafka)
      await ended.promise
    })
    running.catch(opened.reject)
    return opened.promise
  }
  try {
    return await work(connect)
  } catch (error) {
    throw isUnavailable(error) ? unreachable(readCliSettings(), error) : error
  } finally {
    ended.resolve()
    await running?.catch(() => {})
  }
}

/** Before its first record, which would wait for it too long. Not where topics are yet to be created. */
async function hasTopic(kafka: Kafka): Promise<boolean> {
  return await kafka.ends(topics.erasures).then(
    () => true,
    () => false,
  )
}

/** One refused connection does not mean that the broker stays away: it may be starting. */
async function reach(kafka: Kafka): Promise<void> {
  await kafka.clusterId()
}

/** A registry that fails fails what has to be encoded or decoded, nothing else: topics are created before schemas are registered. */
async function wireOf(settings: CliSettings): Promise<Pick<KafkaOptions, 'wire'>> {
  const registry = registryOf(settings)
  if (registry === undefined) return {}
  const opening = openSchemaRegistry({ ...registry, writes: settings.schemaRegistryWrites })
  await Promise.allSettled([opening])
  return { wire: pendingWireFormat(opening) }
}

function kafkaOptions(settings: CliSettings, onFatal: (error: Error) => void): KafkaOptions {
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: username, kafkaSaslPassword: password } = settings
  const hasLogin = mechanism !== undefined && username !== undefined && password !== undefined
  return {
    brokers: settings.kafkaBrokers,
    clientId: 'millrace-cli',
    log: tellingOfKeys(),
    prefix: settings.kafkaPrefix,
    ssl: settings.kafkaTls,
    onFatal,
    ...(hasLogin ? { sasl: { mechanism, username, password } } : {}),
  }
}

/** A command that waits for keys would look as if there were nothing to read. */
function tellingOfKeys(): Log {
  let isTold = false
  const warn = (fields: object) => {
    const { code, error } = fields as { readonly code?: unknown; readonly error?: unknown }
    if (code !== 'MR_KAFKA_KEY_PENDING' || isTold) return
    isTold = true
    const needed = 'MILLRACE_SECRET_KEYS as the services have it, and REDIS_URL'
    process.stderr.write(`Encrypted records wait for their keys (${error}): a command needs ${needed} for them.\n`)
  }
  return { ...quietLog, warn }
}

/** Whether it is the brokers that do not answer, or not in time. */
export function isUnavailable(error: unknown): boolean {
  const { code, failure } = error as { code?: unknown; failure?: unknown }
  return code === 'MR_KAFKA_UNAVAILABLE' || failure === 'unavailable'
}

function unreachable(settings: CliSettings, cause?: unknown): CliError {
  const brokers = settings.kafkaBrokers.join(', ')
  return new CliError(
    'MR_CLI_KAFKA_UNREACHABLE',
    `Kafka at ${brokers} (KAFKA_BROKERS) does not answer. Is the stack running (npm run status)?`,
    { cause },
  )
}

import kafkajs, { Kafka, type KafkaConfig, type logLevel as KafkaLogLevel, logLevel } from 'kafkajs'
import { PortError, type PortFailure } from '../port.ts'
import type { KafkaOptions, Log } from '../types.ts'
import { encodeProduce, type ProduceData } from './encode-produce.ts'

/** What goes ahead of a request's body takes 14 bytes and the client's id; beyond it kafkajs copies the body. */
const HEADROOM = 64

// By the patch in `patches/`: kafkajs's own encoder costs more than the rest of a small record's way.
Object.assign((kafkajs as unknown as { hooks: object }).hooks, {
  headroom: HEADROOM,
  encodeProduce: (data: ProduceData) => encodeProduce(data, HEADROOM),
})

/** Milliseconds; kafkajs's own default of 1 s is too short for a broker that is starting. */
const CONNECTION_TIMEOUT = 5_000

/** Makes kafkajs clients that differ in how long a request may take and how often it is repeated. */
export function createClient(
  options: KafkaOptions,
  purpose: { requestTimeout: number; retry: NonNullable<KafkaConfig['retry']> },
): Kafka {
  return new Kafka({
    clientId: options.clientId,
    brokers: [...options.brokers],
    connectionTimeout: CONNECTION_TIMEOUT,
    requestTimeout: purpose.requestTimeout,
    retry: purpose.retry,
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl as NonNullable<KafkaConfig['sasl']> }),
    logLevel: logLevel.INFO,
    logCreator: () => logEntry(options.log),
  })
}

// kafkajs logs at ERROR what is ordinary for it: CONCURRENT_TRANSACTIONS between back-to-back transactions, and each refused try of a request
// that the verbs repeat or report themselves. Only its crashes are worth a person's attention; those reach the log through the `fatal` event.
function logEntry(log: Log) {
  return ({ level, namespace, log: entry }: { level: KafkaLogLevel; namespace: string; log: { message: string } }) => {
    const fields = { kafkajs: namespace }
    if (level === logLevel.INFO || level === logLevel.DEBUG) log.debug(fields, entry.message)
    else if (namespace === 'ConsumerGroup' || namespace === 'Consumer') log.info(fields, entry.message)
    else log.debug(fields, entry.message)
  }
}

const FENCED = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'TRANSACTION_COORDINATOR_FENCED',
  'INVALID_PRODUCER_ID_MAPPING',
])
const REFUSED = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'INVALID_TIMESTAMP',
  'TOPIC_AUTHORIZATION_FAILED',
  'INVALID_TOPIC_EXCEPTION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
])

interface KafkajsError {
  readonly name?: string
  readonly type?: string
  readonly message?: string
  readonly cause?: unknown
}

/** The first protocol error type in the chain of causes, or the innermost error's name. */
export function typeOf(error: unknown): string {
  let current = error as KafkajsError | undefined
  let name = 'UNKNOWN'
  for (let depth = 0; current !== undefined && current !== null && depth < 8; depth++) {
    if (typeof current.type === 'string') return current.type
    if (typeof current.name === 'string') name = current.name
    current = current.cause as KafkajsError | undefined
  }
  return name
}

/** Sorts a kafkajs error by what the verbs can do about it. */
export function portError(error: unknown): PortError {
  if (error instanceof PortError) return error
  const type = typeOf(error)
  const failure: PortFailure = FENCED.has(type) ? 'fenced' : REFUSED.has(type) ? 'refused' : 'unavailable'
  // No cause: kafkajs's error says no more, and its chain of stacks would fill every log line about a broker that is away.
  return new PortError(failure, type, `${type}: ${(error as KafkajsError).message ?? 'no message'}`)
}

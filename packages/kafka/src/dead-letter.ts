import { deadLetterTopic, type Topic } from '@millrace/schemas'
import { classify } from './errors.ts'
import type { WireRecord } from './port.ts'
import { count } from './telemetry.ts'
import type { Log, RawRecord } from './types.ts'

const MAX_MESSAGE = 1_000
const MAX_STACK = 4_000
const LOGGED_PLACES = 8

/**
 * The dead letter of a record: unchanged key, value and headers, plus Spring's context headers (most viewers know them; their partition, offset
 * and timestamp are big-endian integers) and `x-error-code`.
 * Source: Spring for Apache Kafka, `DeadLetterPublishingRecoverer`.
 *
 * Exception text may quote a payload, so only the messages of errors with a code of ours travel; of others, the class and the stack's places.
 */
export function deadLetter(
  prefix: string,
  source: Topic<unknown>,
  group: string,
  record: RawRecord,
  error: unknown,
): WireRecord {
  const { code, className, message, thrown } = tellable(error)
  return {
    topic: `${prefix}${deadLetterTopic(source, group).name}`,
    partition: record.partition,
    key: record.key === null ? null : Buffer.from(record.key),
    value: record.value,
    headers: {
      ...Object.fromEntries(record.headers),
      'kafka_dlt-original-topic': record.topic,
      'kafka_dlt-original-partition': int32(record.partition),
      'kafka_dlt-original-offset': int64(record.offset),
      'kafka_dlt-original-timestamp': int64(BigInt(record.timestamp)),
      'kafka_dlt-original-timestamp-type': 'CreateTime',
      'kafka_dlt-original-consumer-group': group,
      'kafka_dlt-exception-fqcn': className,
      'kafka_dlt-exception-message': message,
      'kafka_dlt-exception-stacktrace': places(thrown),
      'x-error-code': code,
    },
  }
}

/** Counts a dead letter that was written, and logs what a person needs to find it; of the error no more than the letter itself tells. */
export function reportDeadLetter(
  log: Log,
  source: Topic<unknown>,
  group: string,
  record: RawRecord,
  error: unknown,
): void {
  const { code, message, thrown } = tellable(error)
  count.deadLetter(group, code)
  const level = isTold(error) ? 'debug' : 'error'
  log[level](
    {
      group,
      position: record.id,
      dead_letter_topic: deadLetterTopic(source, group).name,
      code,
      error: message,
      stack: places(thrown).split('\n').slice(0, LOGGED_PLACES).join('\n'),
    },
    'record sent to the dead-letter topic',
  )
}

/** Whether the handler has logged the cause itself. A disabled endpoint gives a dead letter for every event, and needs one line. */
function isTold(error: unknown): boolean {
  return error instanceof Error && (error as { isTold?: unknown }).isTold === true
}

function tellable(error: unknown) {
  const { code } = classify(error)
  const thrown = error instanceof Error ? error : new Error('a value that is no Error was thrown')
  const className = text(thrown.name) || 'Error'
  // Codes of Node's own errors are strings too, and their messages quote what was passed.
  const isOurs = code.startsWith('MR_') && code !== 'MR_KAFKA_HANDLER_BUG'
  const message = isOurs ? text(thrown.message).slice(0, MAX_MESSAGE) : `${className} (text withheld)`
  return { code, className, message, thrown }
}

/** Properties of a thrown thing are whatever somebody made them. */
function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The stack without its first lines, which repeat the message. */
function places(error: Error): string {
  const lines = text(error.stack)
    .split('\n')
    .filter((line) => line.startsWith('    at '))
  return lines.join('\n').slice(0, MAX_STACK)
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

export function stackOf(error: unknown): string | undefined {
  return error instanceof Error
    ? error.stack
        ?.split('\n')
        .filter((line) => line.startsWith('    at '))
        .slice(0, 8)
        .join('\n')
    : undefined
}

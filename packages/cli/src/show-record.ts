import { isUtf8 } from 'node:buffer'
import { type ShowOptions, showValue } from '@millrace/domain'
import type { RawRecord } from '@millrace/kafka'

export interface RecordOptions extends ShowOptions {
  readonly hasHeaders?: boolean
}

/** A record as one line of JSON, for programs. `value`: the decoded value. */
export function recordLine(record: RawRecord, value: unknown, options: RecordOptions): string {
  return JSON.stringify({
    topic: record.topic,
    partition: record.partition,
    offset: String(record.offset),
    timestamp: record.timestamp,
    key: record.key,
    ...(options.hasHeaders ? { headers: showHeaders(record.headers) } : {}),
    value: showValue(value, options),
  })
}

/** A record over several lines, for people. */
export function recordText(record: RawRecord, value: unknown, options: RecordOptions): string {
  const head = `── ${record.id}  ${new Date(record.timestamp).toISOString()}  key ${record.key}`
  const headers = options.hasHeaders
    ? Object.entries(showHeaders(record.headers)).map(([name, text]) => `   ${name}: ${text}`)
    : []
  const body =
    value === null ? 'null (tombstone)' : JSON.stringify(showValue(value, { ...options, hasIsoTimes: true }), null, 2)
  return [head, ...headers, body].join('\n')
}

/** Spring's dead-letter headers that are big-endian integers. */
const integers = /^kafka_dlt-original-(?:partition|offset|timestamp)$/

function showHeaders(headers: ReadonlyMap<string, Buffer>): Record<string, string> {
  return Object.fromEntries(Array.from(headers, ([name, bytes]) => [name, showHeader(name, bytes)]))
}

function showHeader(name: string, bytes: Buffer): string {
  if (integers.test(name) && bytes.length === 4) return String(bytes.readInt32BE())
  if (integers.test(name) && bytes.length === 8) return String(bytes.readBigInt64BE())
  return isUtf8(bytes) ? bytes.toString() : bytes.toString('base64')
}

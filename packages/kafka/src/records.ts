import type { Topic, WireFormat } from '@millrace/schemas'
import { KafkaError } from './errors.ts'
import { partitionOf } from './murmur2.ts'
import type { FetchedRecord, WireRecord } from './port.ts'
import { createSealing, type Sealing } from './sealing.ts'
import type { Headers, InRecord, OutRecord, RawRecord, RecordCipher } from './types.ts'

/** Turns topics and values into wire records and back; the one place that knows of the prefix, and of what is encrypted. */
export interface RecordMapper extends Pick<Sealing, 'prepareWrite' | 'prepareRead' | 'isErased'> {
  physical(topic: Topic<unknown>): string
  group(name: string): string
  /**
   * After `prepareWrite`. Undefined when the record's subject was erased: nothing is written of it.
   * @throws KafkaError `MR_KAFKA_TOO_LARGE`, `MR_KAFKA_KEY_PENDING` (retryable)
   */
  encode<V>(topic: Topic<V>, key: string, value: V | null, headers: Headers | undefined): WireRecord | undefined
  raw(logicalTopic: string, partition: number, record: FetchedRecord): RawRecord
  /**
   * After `prepareRead`.
   * @throws KafkaError `MR_KAFKA_UNDECODABLE`; `MR_KAFKA_SCHEMA_PENDING` (retryable) while the wire format still asks what the bytes are; what
   *   `RecordCipher.decrypt` throws
   */
  decode<V>(topic: Topic<V>, record: RawRecord): InRecord<V>
}

export function createRecordMapper(wire: WireFormat, prefix: string, cipher?: RecordCipher): RecordMapper {
  const sealing = createSealing(cipher)
  return {
    prepareWrite: sealing.prepareWrite,
    prepareRead: sealing.prepareRead,
    isErased: sealing.isErased,
    physical: (topic) => `${prefix}${topic.name}`,
    group: (name) => `${prefix}${name}`,
    encode(topic, key, value, headers) {
      const bytes = value === null ? null : wire.encode(topic.schema, value)
      if (bytes !== null && bytes.length > topic.maxValueBytes) {
        throw new KafkaError(
          'MR_KAFKA_TOO_LARGE',
          `${bytes.length} bytes for ${topic.name}, which takes ${topic.maxValueBytes}`,
        )
      }
      const record = {
        topic: `${prefix}${topic.name}`,
        partition: -1,
        key: Buffer.from(key),
        value: bytes,
        headers: headers ?? {},
      }
      return cipher === undefined ? record : sealing.seal(topic, key, value, record)
    },
    raw: (topic, partition, record) => ({
      topic,
      partition,
      offset: record.offset,
      id: `${topic}-${partition}-${record.offset}`,
      key: record.key === null ? null : record.key.toString(),
      value: record.value,
      headers: record.headers,
      timestamp: record.timestamp,
    }),
    decode(topic, record) {
      const bytes = sealing.open(record)
      try {
        const value = bytes === null ? null : wire.decode(topic.schema, bytes)
        return { ...record, key: record.key ?? '', value }
      } catch (cause) {
        const isPending = (cause as { retryable?: unknown }).retryable === true
        if (isPending) throw new KafkaError('MR_KAFKA_SCHEMA_PENDING', (cause as Error).message, { cause })
        throw new KafkaError('MR_KAFKA_UNDECODABLE', `record ${record.id} is no known ${topic.schema.name}`, { cause })
      }
    },
  }
}

/** Fixes the partition of each record by its key. */
export function placed(record: WireRecord, partitions: number): WireRecord {
  return record.partition >= 0
    ? record
    : { ...record, partition: record.key === null ? 0 : partitionOf(record.key, partitions) }
}

/** A record to write whose value is held against its topic's type; lists of outputs of several topics are of `OutRecord<unknown>`. */
export function output<V>(
  record: Omit<OutRecord<V>, 'value'> & { readonly value: NoInfer<V> | null },
): OutRecord<unknown> {
  return record
}

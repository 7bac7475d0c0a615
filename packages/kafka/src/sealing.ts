import { bytesSchema, type Topic } from '@millrace/schemas'
import { classify, KafkaError } from './errors.ts'
import { KEY_ID_HEADER } from './key-id.ts'
import type { WireRecord } from './port.ts'
import type { Headers, KeyLife, OutRecord, RawRecord, RecordCipher } from './types.ts'

type WithHeaders = Pick<RawRecord, 'headers' | 'value'>

/** Values as they rest in Kafka: encrypted by the key of their subject, where there is a cipher and the topic has subjects. */
export interface Sealing {
  /** Has the keys for `seal` at hand; undefined when nothing has to be fetched. Rejects transiently while they cannot be reached. */
  prepareWrite(outputs: readonly Pick<OutRecord<unknown>, 'topic' | 'key' | 'value'>[]): Promise<void> | undefined
  /** Undefined when the subject was erased. @throws KafkaError `MR_KAFKA_KEY_PENDING` */
  seal<V>(topic: Topic<V>, key: string, value: V | null, record: WireRecord): WireRecord | undefined
  /** Has the keys for `open` at hand; undefined when nothing has to be fetched. Rejects transiently while they cannot be reached. */
  prepareRead(records: readonly WithHeaders[]): Promise<void> | undefined
  /** After `prepareRead`: whether the record's key is destroyed, so that there is nothing to read. */
  isErased(record: WithHeaders): boolean
  /** The bytes of the value. @throws KafkaError as `RecordCipher.decrypt` */
  open(record: Pick<RawRecord, 'id' | 'headers' | 'value'>): Buffer | null
}

export function createSealing(cipher: RecordCipher | undefined): Sealing {
  if (cipher === undefined) return unsealed
  return {
    prepareWrite(outputs) {
      const subjects = { aging: new Set<string>(), lasting: new Set<string>() }
      for (const { topic, key, value } of outputs) {
        const subject = value === null ? null : subjectOf(topic, key, value)
        if (subject !== null) subjects[keyLifeOf(topic)].add(subject)
      }
      const prepared = (life: KeyLife) =>
        subjects[life].size === 0 ? undefined : cipher.prepareWrite([...subjects[life]], life)
      const [aging, lasting] = [prepared('aging'), prepared('lasting')]
      if (aging === undefined || lasting === undefined) return aging ?? lasting
      return Promise.all([aging, lasting]).then(() => {})
    },
    seal(topic, key, value, record) {
      const isSealed = record.headers[KEY_ID_HEADER] !== undefined
      // Put back as it was read: its bytes are still those of the key that it names.
      if (isSealed && (topic.schema as unknown) === bytesSchema) return record
      const subject = value === null ? null : subjectOf(topic, key, value)
      const sealed = subject === null ? 'plain' : cipher.encrypt(subject, record.value as Buffer, keyLifeOf(topic))
      if (sealed === 'erased') return undefined
      // Headers are often those of the record that caused this one, and name that one's key.
      if (sealed === 'plain') return isSealed ? { ...record, headers: withoutKeyId(record.headers) } : record
      return { ...record, value: sealed.bytes, headers: { ...record.headers, [KEY_ID_HEADER]: sealed.keyId } }
    },
    prepareRead(records) {
      const keyIds = new Set<string>()
      for (const record of records) {
        const keyId = keyIdOf(record)
        if (keyId !== undefined) keyIds.add(keyId)
      }
      return keyIds.size === 0 ? undefined : cipher.prepareRead([...keyIds])
    },
    isErased(record) {
      const keyId = keyIdOf(record)
      return keyId !== undefined && cipher.isErased(keyId)
    },
    open(record) {
      const keyId = keyIdOf(record)
      return keyId === undefined ? record.value : cipher.decrypt(keyId, record.value as Buffer)
    },
  }
}

const unsealed: Sealing = {
  prepareWrite: () => undefined,
  seal: (_topic, _key, _value, record) => record,
  prepareRead: () => undefined,
  isErased: () => false,
  open(record) {
    if (keyIdOf(record) === undefined) return record.value
    throw new KafkaError(
      'MR_KAFKA_KEY_PENDING',
      `record ${record.id} is encrypted, and MILLRACE_SECRET_KEYS is not set`,
    )
  },
}

function subjectOf<V>(topic: Topic<V>, key: string, value: V): string | null {
  return topic.subject?.(key, value) ?? null
}

/** Of what a topic holds: the last state of something is there for as long as it is; what happened is there for a time. */
export function keyLifeOf({ cleanup }: Pick<Topic<unknown>, 'cleanup'>): KeyLife {
  return cleanup === 'compact' ? 'lasting' : 'aging'
}

/** Undefined for a value that is as it is, or null. */
function keyIdOf({ value, headers }: WithHeaders): string | undefined {
  return value === null ? undefined : headers.get(KEY_ID_HEADER)?.toString()
}

function withoutKeyId({ [KEY_ID_HEADER]: _, ...headers }: Headers): Headers {
  return headers
}

/** Whether something failed because whom it is about was erased: that is no failure, there is nothing left to do. */
export function isErasure(error: unknown): boolean {
  return classify(error).code === 'MR_KAFKA_ERASED'
}

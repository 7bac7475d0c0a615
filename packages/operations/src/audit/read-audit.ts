import type { Kafka, RawRecord } from '@millrace/kafka'
import { type AuditEntry, schemas, singleObject, type Topic, topics } from '@millrace/schemas'
import { readToEnd, requireTopic } from '../read-records.ts'
import type { AuditRecord } from './verify-chain.ts'

/** Every record of the audit topic up to its present end, judged by its bytes. @throws OperationsError `MR_OPERATIONS_TOPIC_MISSING` */
export async function* readAudit(kafka: Kafka, signal?: AbortSignal): AsyncGenerator<AuditRecord> {
  await requireTopic(kafka, topics.audit as Topic<unknown>)
  for await (const record of readToEnd(kafka, topics.audit as Topic<unknown>, signal))
    yield auditRecordOf(kafka, record)
}

/** A record as `verifyChain` takes it. */
export function auditRecordOf(kafka: Pick<Kafka, 'decode'>, record: RawRecord): AuditRecord {
  const { offset, key, value } = record
  if (value === null) return { offset, key, entry: null, problem: 'a record without a value' }
  let entry: AuditEntry | null
  try {
    entry = kafka.decode(topics.audit, record)
  } catch (error) {
    return { offset, key, entry: null, problem: (error as Error).message }
  }
  if (entry !== null && isAsWritten(entry, value)) return { offset, key, entry }
  return { offset, key, entry: null, problem: 'its bytes are not those that such an entry is written as' }
}

const [SINGLE_OBJECT_BYTES, CONFLUENT_BYTES] = [10, 5]

/** Avro has several spellings of one value, and a reader takes them all: an altered byte must not hide in that. */
function isAsWritten(entry: AuditEntry, bytes: Buffer): boolean {
  const written = singleObject.encode(schemas.AuditEntry, entry)
  if (bytes[0] !== 0) return bytes.equals(written)
  return bytes.subarray(CONFLUENT_BYTES).equals(written.subarray(SINGLE_OBJECT_BYTES))
}

import type { Type } from 'avsc'
import { canonicalForm, parseAvro } from './avro-type.ts'
import { crc64Avro } from './fingerprint.ts'
import { released } from './released.ts'
import type * as values from './values/index.ts'

/** One released version of an Avro record. */
export interface SchemaVersion {
  /** 1, 2, … in order of release. */
  readonly version: number
  /** The released `.avsc` file's text. */
  readonly avsc: string
  /** CRC-64-AVRO of the Parsing Canonical Form. */
  readonly fingerprint: bigint
  readonly type: Type
}

/** An Avro record with all its released versions. */
export interface Schema<V> {
  readonly name: string
  /** Oldest first, the last one is written. Empty for raw bytes. */
  readonly versions: readonly SchemaVersion[]
  /** The type parameter's carrier; never read. */
  readonly value?: V
}

function releasedVersion(avsc: string, index: number): SchemaVersion {
  const type = parseAvro(avsc)
  return { version: index + 1, avsc, fingerprint: crc64Avro(canonicalForm(type)), type }
}

function schema<V>(name: keyof typeof released): Schema<V> {
  return { name, versions: released[name].map(releasedVersion) }
}

/** Raw bytes, passed through by every wire format: dead letters, and tests of packages/kafka. */
export const bytesSchema: Schema<Buffer> = { name: 'bytes', versions: [] }

export const schemas = {
  ReceivedWebhook: schema<values.ReceivedWebhook>('ReceivedWebhook'),
  RejectedRequest: schema<values.RejectedRequest>('RejectedRequest'),
  WebhookEvent: schema<values.WebhookEvent>('WebhookEvent'),
  EventReplay: schema<values.EventReplay>('EventReplay'),
  ConversationRefresh: schema<values.ConversationRefresh>('ConversationRefresh'),
  ConversationSnapshot: schema<values.ConversationSnapshot>('ConversationSnapshot'),
  KnowledgeObservation: schema<values.KnowledgeObservation>('KnowledgeObservation'),
  KnowledgeNode: schema<values.KnowledgeNode>('KnowledgeNode'),
  KnowledgeRelationship: schema<values.KnowledgeRelationship>('KnowledgeRelationship'),
  KnowledgeExtraction: schema<values.KnowledgeExtraction>('KnowledgeExtraction'),
  Endpoint: schema<values.Endpoint>('Endpoint'),
  EndpointState: schema<values.EndpointState>('EndpointState'),
  Delivery: schema<values.Delivery>('Delivery'),
  Attempt: schema<values.Attempt>('Attempt'),
  IngestMode: schema<values.IngestMode>('IngestMode'),
  ParityFinding: schema<values.ParityFinding>('ParityFinding'),
  Notice: schema<values.Notice>('Notice'),
  PollPosition: schema<values.PollPosition>('PollPosition'),
  AuditEntry: schema<values.AuditEntry>('AuditEntry'),
  DataKey: schema<values.DataKey>('DataKey'),
  Erasure: schema<values.Erasure>('Erasure'),
}

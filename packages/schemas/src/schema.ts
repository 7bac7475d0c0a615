// CONTRACT (the schemas helper replaces the bodies): one Schema per Avro record, and the wire formats.
import type * as values from './values.ts'

/** An Avro record with all its released versions. */
export interface Schema<V> {
  readonly name: string
  /** The type parameter's carrier; never read. */
  readonly value?: V
}

function schema<V>(name: string): Schema<V> {
  return { name }
}

/** Raw bytes, passed through by every wire format: dead letters, and tests of packages/kafka. */
export const bytesSchema: Schema<Buffer> = schema('bytes')

export const schemas = {
  ReceivedWebhook: schema<values.ReceivedWebhook>('ReceivedWebhook'),
  WebhookEvent: schema<values.WebhookEvent>('WebhookEvent'),
  ConversationRefresh: schema<values.ConversationRefresh>('ConversationRefresh'),
  ConversationSnapshot: schema<values.ConversationSnapshot>('ConversationSnapshot'),
  KnowledgeObservation: schema<values.KnowledgeObservation>('KnowledgeObservation'),
  KnowledgeNode: schema<values.KnowledgeNode>('KnowledgeNode'),
  KnowledgeRelationship: schema<values.KnowledgeRelationship>('KnowledgeRelationship'),
  KnowledgeExtraction: schema<values.KnowledgeExtraction>('KnowledgeExtraction'),
  Endpoint: schema<values.Endpoint>('Endpoint'),
  Delivery: schema<values.Delivery>('Delivery'),
  Attempt: schema<values.Attempt>('Attempt'),
}

/**
 * The values of the topics, as services see them, by what they are about. Field names are those of the Avro records in `avro/`; a test holds both equal.
 * Times are epoch milliseconds; `*_json` strings hold JSON; `payload` is the provider's own bytes.
 */

export type * from './conversations.ts'
export type * from './deliveries.ts'
export type * from './knowledge.ts'
export type * from './operations.ts'
export type * from './webhooks.ts'

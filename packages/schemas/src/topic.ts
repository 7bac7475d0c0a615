import type { Schema } from './schema.ts'

/** Kafka limits the whole record batch, so a topic's `max.message.bytes` is its value limit plus room for key and headers. */
export const RECORD_OVERHEAD_BYTES = 65_536

/** Everything that is fixed about a topic. */
export interface Topic<V = unknown> {
  readonly name: string
  readonly schema: Schema<V>
  /** What the record key is made of, in words. */
  readonly key: string
  /** `events`: as many as the deployment sets for event topics (12; 4 in the local stack). */
  readonly partitions: 'events' | number
  readonly cleanup: 'delete' | 'compact'
  /** Milliseconds; for compacted topics, how long a null stays readable. */
  readonly retentionMs: number
  /**
   * Of a compacted topic: milliseconds within which Kafka takes out what was replaced, once something more is written to the partition. Absent: whenever the
   * cluster's cleaner comes by.
   */
  readonly compactedWithinMs?: number
  /** Largest value in bytes that the topic takes. */
  readonly maxValueBytes: number
  readonly writers: readonly string[]
  /** Consumer groups of ours that read it; each has a dead-letter topic. */
  readonly groups: readonly string[]
  readonly summary: string
  /**
   * Whose data key encrypts a record (docs/encryption.md): `tenant/` and the id of its conversation, contact, client, node or event. Null: the record is
   * written as it is, as are all of a topic without this.
   */
  subject?(key: string, value: NoInfer<V>): string | null
}

/** A definition whose value type is its schema's. */
export function topic<V>(definition: Topic<V>): Topic<V> {
  return definition
}

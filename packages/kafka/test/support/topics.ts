import { bytesSchema, RECORD_OVERHEAD_BYTES, type Topic } from '@millrace/schemas'

/** A topic of plain bytes that is in no registry. */
export function bytesTopic(name: string, overrides: Partial<Topic<Buffer>> = {}): Topic<Buffer> {
  return {
    name,
    schema: bytesSchema,
    key: 'whatever a test needs',
    partitions: 1,
    cleanup: 'delete',
    retentionMs: 3_600_000,
    maxValueBytes: 1_048_576,
    writers: [],
    groups: [],
    summary: 'A topic of a test.',
    ...overrides,
  }
}

/** One whose records are about whom their keys name. */
export function sealedTopic(name: string, overrides: Partial<Topic<Buffer>> = {}): Topic<Buffer> {
  return bytesTopic(name, { subject: (key) => key, ...overrides })
}

/** For creating a topic whose broker takes fewer bytes than its registry entry promises. */
export function narrowed(topic: Topic<Buffer>, maxMessageBytes: number): Topic<Buffer> {
  return { ...topic, maxValueBytes: maxMessageBytes - RECORD_OVERHEAD_BYTES }
}

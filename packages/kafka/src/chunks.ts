import { partitionKey, type WireRecord } from './port.ts'

/** kafkajs puts all records of a partition into one record batch, and the broker holds the batch against the topic's `max.message.bytes`. */
const MAX_PARTITION_BYTES = 768 * 1024

/** Cuts records into requests in which no partition's batch exceeds the bound, unless a single record does. Order is kept. */
export function chunked(records: readonly WireRecord[]): WireRecord[][] {
  const chunks: WireRecord[][] = []
  let current: WireRecord[] = []
  let sizes = new Map<string, number>()
  for (const record of records) {
    const place = partitionKey(record)
    const size = (record.value?.length ?? 0) + (record.key?.length ?? 0) + 512
    const known = sizes.get(place) ?? 0
    if (known > 0 && known + size > MAX_PARTITION_BYTES) {
      chunks.push(current)
      current = []
      sizes = new Map()
    }
    current.push(record)
    sizes.set(place, (sizes.get(place) ?? 0) + size)
  }
  if (current.length > 0) chunks.push(current)
  return chunks
}

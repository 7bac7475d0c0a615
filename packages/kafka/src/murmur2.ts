/**
 * Partition of a key by murmur2, as the Java client's default partitioner does it, so that writers in other languages agree.
 * Source: Apache Kafka `Utils.murmur2` and `BuiltInPartitioner`.
 */
export function partitionOf(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

const M = 0x5bd1e995
const SEED = 0x9747b28c

/** 32-bit murmur2 of `data` (signed). */
export function murmur2(data: Buffer): number {
  const length = data.length
  let h = SEED ^ length
  const whole = length & ~3
  for (let i = 0; i < whole; i += 4) {
    let k = Math.imul(data.readInt32LE(i), M)
    k ^= k >>> 24
    h = Math.imul(h, M) ^ Math.imul(k, M)
  }
  const rest = length - whole
  if (rest >= 3) h ^= (data[whole + 2] as number) << 16
  if (rest >= 2) h ^= (data[whole + 1] as number) << 8
  if (rest >= 1) h = Math.imul(h ^ (data[whole] as number), M)
  h = Math.imul(h ^ (h >>> 13), M)
  return h ^ (h >>> 15)
}

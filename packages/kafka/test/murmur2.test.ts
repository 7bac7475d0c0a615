import { expect, test } from 'vitest'
import { murmur2, partitionOf } from '../src/murmur2.ts'

// Computed by org.apache.kafka.common.utils.Utils.murmur2 of kafka-clients 4.1: key, hash, partition among 12.
const golden: readonly (readonly [key: string, hash: number, partition: number])[] = [
  ['', 275646681, 9],
  ['a', -1563381124, 4],
  ['ab', 316155434, 2],
  ['abc', 479470107, 3],
  ['abcd', -1323649548, 8],
  ['21', -973932308, 0],
  ['foobar', -790332482, 6],
  ['a-little-bit-long-string', -985981536, 8],
  ['a-little-bit-longer-string', -1486304829, 11],
  ['acme/cnv_1a2b3c', -589689695, 9],
  ['tenant/contact/ü-é-漢字-🚚', 1086773201, 5],
  ['\u0000ÿ\u0080\u007f', 277101759, 3],
]

test.each(golden)('hashes %j as the Java client does', (key, hash, partition) => {
  expect(murmur2(Buffer.from(key))).toBe(hash)
  expect(partitionOf(Buffer.from(key), 12)).toBe(partition)
})

test('agrees with the Java client for bytes of every value and every length up to 256', () => {
  const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  let sum = 0
  for (let length = 0; length <= 256; length++) {
    sum = (Math.imul(sum, 31) + murmur2(every.subarray(0, length))) | 0
  }
  expect(murmur2(every)).toBe(-1948347274)
  expect(sum).toBe(-1303881595)
})

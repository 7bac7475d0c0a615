/** Reflected polynomial of CRC-32C (Castagnoli), RFC 3720 B.4. */
const POLYNOMIAL = 0x82f63b78

/** Eight bytes a step by eight tables ("slicing by 8"): four times as fast as one table, and Node's own `zlib.crc32` is another CRC. */
const [T0, T1, T2, T3, T4, T5, T6, T7] = tables()

/** CRC-32C of `bytes[start, end)` as an unsigned number; Kafka's checksum of a record batch. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  let at = start
  for (; end - at >= 8; at += 8) {
    const low =
      crc ^ (byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24))
    crc =
      entry(T7, low & 255) ^
      entry(T6, (low >>> 8) & 255) ^
      entry(T5, (low >>> 16) & 255) ^
      entry(T4, low >>> 24) ^
      entry(T3, byte(bytes, at + 4)) ^
      entry(T2, byte(bytes, at + 5)) ^
      entry(T1, byte(bytes, at + 6)) ^
      entry(T0, byte(bytes, at + 7))
  }
  for (; at < end; at++) crc = entry(T0, (crc ^ byte(bytes, at)) & 255) ^ (crc >>> 8)
  return ~crc >>> 0
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}

function entry(table: Int32Array, index: number): number {
  return table[index] as number
}

type Table = Int32Array

function tables(): [Table, Table, Table, Table, Table, Table, Table, Table] {
  const first = Int32Array.from({ length: 256 }, (_, n) => {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    return crc
  })
  const next = (table: Table) => table.map((crc) => entry(first, crc & 255) ^ (crc >>> 8))
  const second = next(first)
  const third = next(second)
  const fourth = next(third)
  const fifth = next(fourth)
  const sixth = next(fifth)
  const seventh = next(sixth)
  return [first, second, third, fourth, fifth, sixth, seventh, next(seventh)]
}

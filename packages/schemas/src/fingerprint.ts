const EMPTY = 0xc15d213aa4d7a795n

// https://avro.apache.org/docs/1.12.0/specification/#schema-fingerprints
const table = Array.from({ length: 256 }, (_, byte) => {
  let entry = BigInt(byte)
  for (let bit = 0; bit < 8; bit++) entry = (entry >> 1n) ^ (entry & 1n ? EMPTY : 0n)
  return entry
})

/** CRC-64-AVRO of `text` in UTF-8, as an unsigned 64-bit number. For schemas, `text` is the Parsing Canonical Form. */
export function crc64Avro(text: string): bigint {
  let crc = EMPTY
  for (const byte of Buffer.from(text)) crc = (crc >> 8n) ^ (table[Number((crc ^ BigInt(byte)) & 0xffn)] ?? 0n)
  return crc
}

/** The fingerprint as it stands on the wire: 8 bytes, little endian, in hex. */
export function fingerprintHex(fingerprint: bigint): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(fingerprint)
  return bytes.toString('hex')
}

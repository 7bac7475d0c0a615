import { expect, test } from 'vitest'
import { crc64Avro, fingerprintHex } from '../src/fingerprint.ts'

// Apache Avro, share/test/data/schema-tests.txt
test.each([
  ['"null"', 7195948357588979594n],
  ['"boolean"', -6970731678124411036n],
  ['"int"', 8247732601305521295n],
  ['"long"', -3434872931120570953n],
  ['"float"', 5583340709985441680n],
  ['"double"', -8181574048448539266n],
  ['"bytes"', 5746618253357095269n],
  ['"string"', -8142146995180207161n],
  ['{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"}]}', 7843277075252814651n],
])('CRC-64-AVRO of %s is that of Apache Avro', (text, expected) => {
  expect(BigInt.asIntN(64, crc64Avro(text))).toBe(expected)
})

test('a fingerprint stands on the wire with its lowest byte first', () => {
  expect(fingerprintHex(crc64Avro('"int"'))).toBe('8f5c393f1ad57572')
})

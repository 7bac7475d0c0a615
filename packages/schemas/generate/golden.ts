import { readFileSync } from 'node:fs'
import { canonicalForm, parseAvro } from '../src/avro-type.ts'
import { crc64Avro, fingerprintHex } from '../src/fingerprint.ts'
import type { AvroFile } from './avro-files.ts'
import { type Fill, sampleValue } from './sample-value.ts'

/** A value and the bytes that it had when its version was released. */
export interface Golden {
  /** `<Name>/v<N>.avsc` */
  readonly path: string
  readonly fill: Fill
  readonly value: unknown
  /** Single-object encoding in hex. */
  readonly bytes: string
}

/** The golden values in `file`; none when it does not exist. Buffers stand in it as `{"$base64": …}`. */
export function readGoldens(file: URL): Golden[] {
  return JSON.parse(textOf(file), (_, part) =>
    typeof part?.$base64 === 'string' ? Buffer.from(part.$base64, 'base64') : part,
  )
}

/** Adds golden values for versions that have none. What is there stays: old bytes must stay readable. */
export function withNewGoldens(goldens: readonly Golden[], files: readonly AvroFile[]): string {
  const fresh = files.filter((file) => goldens.every((golden) => golden.path !== file.path))
  const made = fresh.flatMap((file) => [makeGolden(file, 'full'), makeGolden(file, 'bare')])
  return `${JSON.stringify([...goldens, ...made], base64, 2)}\n`
}

function makeGolden(file: AvroFile, fill: Fill): Golden {
  const type = parseAvro(file.text)
  const value = sampleValue(type, fill)
  const fingerprint = fingerprintHex(crc64Avro(canonicalForm(type)))
  return { path: file.path, fill, value, bytes: `c301${fingerprint}${type.toBuffer(value).toString('hex')}` }
}

function base64(_: string, part: unknown): unknown {
  const bytes = part as { type?: unknown; data?: unknown } | null
  return bytes?.type === 'Buffer' && Array.isArray(bytes.data)
    ? { $base64: Buffer.from(bytes.data).toString('base64') }
    : part
}

function textOf(file: URL): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '[]'
  }
}

import { encodeBehind, latest, type Reader, readerOf, readerOfText } from './codec.ts'
import { SchemaError } from './errors.ts'
import { fingerprintHex } from './fingerprint.ts'
import { bytesSchema, type Schema } from './schema.ts'

/** How values become record bytes. Readers take both encodings, writers use one (DESIGN §4). */
export interface WireFormat {
  /** @throws SchemaError `MR_SCHEMA_ENCODE` naming the field that does not fit. */
  encode<V>(schema: Schema<V>, value: V): Buffer
  /**
   * The value never shares memory with `bytes`, raw bytes excepted.
   * @throws SchemaError `MR_SCHEMA_DECODE` when the bytes are of no known encoding, of another schema, or damaged;
   * `MR_SCHEMA_UNKNOWN_VERSION` when a newer release wrote them.
   */
  decode<V>(schema: Schema<V>, bytes: Buffer): V
}

/** What a schema registry must answer. Both calls are synchronous: whoever connects to a registry loads the ids before the first record. */
export interface RegistryLookup {
  /** The id under which the registry holds the latest version of `schema`. */
  idOf(schema: Schema<unknown>): number
  /**
   * The Avro schema behind an id, as JSON text; undefined when the registry has none. May throw an error of its own with `retryable`
   * true while it is still asking.
   */
  schemaOf(id: number): string | undefined
}

const SINGLE_OBJECT_HEADER = 10
const CONFLUENT_HEADER = 5

/** Avro single-object encoding: `C3 01`, the writer schema's CRC-64-AVRO fingerprint (little endian), the body. */
export const singleObject: WireFormat = wireFormat(singleObjectHeader, () => {
  throw new SchemaError(
    'MR_SCHEMA_DECODE',
    'The record is in Confluent wire format: set SCHEMA_REGISTRY_URL to read it',
  )
})

/**
 * Confluent wire format: `00`, the schema id (4 bytes, big endian), the body. Reads both encodings.
 * `writes: 'single-object'` is for the step between: every reader knows the registry before the first writer uses it.
 */
export function confluentWireFormat(
  registry: RegistryLookup,
  { writes = 'confluent' }: { readonly writes?: 'confluent' | 'single-object' } = {},
): WireFormat {
  const header = writes === 'confluent' ? confluentHeader(registry) : singleObjectHeader
  return wireFormat(header, confluentReaders(registry))
}

type HeaderOf = (schema: Schema<unknown>) => Buffer
type ConfluentReaderOf = (schema: Schema<unknown>, id: number) => Reader

function wireFormat(headerOf: HeaderOf, confluentReaderOf: ConfluentReaderOf): WireFormat {
  return {
    encode(schema, value) {
      if (isRaw(schema)) return value as Buffer
      return encodeBehind(headerOf(schema), schema, value)
    },
    decode<V>(schema: Schema<V>, bytes: Buffer): V {
      if (isRaw(schema)) return bytes as V
      return decodeValue(schema, bytes, confluentReaderOf) as V
    },
  }
}

function isRaw(schema: Schema<unknown>): boolean {
  return schema === bytesSchema
}

function decodeValue(schema: Schema<unknown>, bytes: Buffer, confluentReaderOf: ConfluentReaderOf): unknown {
  if (bytes.length >= SINGLE_OBJECT_HEADER && bytes[0] === 0xc3 && bytes[1] === 0x01) {
    return singleObjectReader(schema, bytes.readBigUInt64LE(2))(bytes, SINGLE_OBJECT_HEADER)
  }
  if (bytes.length >= CONFLUENT_HEADER && bytes[0] === 0) {
    return confluentReaderOf(schema, bytes.readUInt32BE(1))(bytes, CONFLUENT_HEADER)
  }
  const start = bytes.subarray(0, 2).toString('hex')
  throw new SchemaError('MR_SCHEMA_DECODE', `${schema.name} begins with ${start || 'nothing'}, neither c301 nor 00`)
}

const headers = new WeakMap<Schema<unknown>, Buffer>()

function singleObjectHeader(schema: Schema<unknown>): Buffer {
  return remember(headers, schema, () => {
    const header = Buffer.alloc(SINGLE_OBJECT_HEADER, 'c301', 'hex')
    header.writeBigUInt64LE(latest(schema).fingerprint, 2)
    return header
  })
}

function confluentHeader(registry: RegistryLookup): HeaderOf {
  const known = new WeakMap<Schema<unknown>, Buffer>()
  return (schema) =>
    remember(known, schema, () => {
      const header = Buffer.alloc(CONFLUENT_HEADER)
      header.writeUInt32BE(registry.idOf(schema), 1)
      return header
    })
}

const readers = new WeakMap<Schema<unknown>, Map<bigint, Reader>>()

function singleObjectReader(schema: Schema<unknown>, fingerprint: bigint): Reader {
  const known = remember(readers, schema, () => new Map())
  return remember(known, fingerprint, () => {
    const writer = schema.versions.find((version) => version.fingerprint === fingerprint)
    if (writer) return readerOf(schema, writer.type)
    throw new SchemaError(
      'MR_SCHEMA_UNKNOWN_VERSION',
      `${schema.name} has no version with fingerprint ${fingerprintHex(fingerprint)}`,
    )
  })
}

function confluentReaders(registry: RegistryLookup): ConfluentReaderOf {
  const bySchema = new WeakMap<Schema<unknown>, Map<number, Reader>>()
  return (schema, id) => {
    const known = remember(bySchema, schema, () => new Map())
    return remember(known, id, () => {
      const avsc = registry.schemaOf(id)
      if (avsc !== undefined) return readerOfText(schema, avsc)
      throw new SchemaError('MR_SCHEMA_UNKNOWN_VERSION', `The schema registry has no id ${id} (for ${schema.name})`)
    })
  }
}

interface Cache<K, T> {
  get(key: K): T | undefined
  set(key: K, made: T): unknown
}

function remember<K, T>(cache: Cache<K, T>, key: K, make: () => T): T {
  const known = cache.get(key)
  if (known !== undefined) return known
  const made = make()
  cache.set(key, made)
  return made
}

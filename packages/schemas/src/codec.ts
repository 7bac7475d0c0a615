import type { Resolver, Type } from 'avsc'
import { parseAvro } from './avro-type.ts'
import { SchemaError } from './errors.ts'
import type { Schema, SchemaVersion } from './schema.ts'

/** Reads a value that starts at byte `start`. */
export type Reader = (bytes: Buffer, start: number) => unknown

// Most records fit, so the common encode writes once here and copies once; larger ones are written straight into their own buffer.
const scratch = Buffer.allocUnsafeSlow(65_536)

/** The version that is written. */
export function latest(schema: Schema<unknown>): SchemaVersion {
  const version = schema.versions.at(-1)
  if (!version) throw new SchemaError('MR_SCHEMA_ENCODE', `${schema.name} has no Avro schema`)
  return version
}

/**
 * Encodes `value` by the latest version of `schema` behind `header`, in one buffer of its own.
 * @throws SchemaError `MR_SCHEMA_ENCODE` naming the field that does not fit.
 */
export function encodeBehind(header: Buffer, schema: Schema<unknown>, value: unknown): Buffer {
  const { type } = latest(schema)
  try {
    const end = type.encode(value, scratch, header.length)
    if (end >= 0) {
      header.copy(scratch)
      return Buffer.from(scratch.subarray(0, end))
    }
    const bytes = Buffer.allocUnsafe(scratch.length - end)
    header.copy(bytes)
    type.encode(value, bytes, header.length)
    return bytes
  } catch (error) {
    throw new SchemaError('MR_SCHEMA_ENCODE', misfit(schema.name, type, value), { cause: error })
  }
}

function misfit(name: string, type: Type, value: unknown): string {
  const found: string[] = []
  type.isValid(value, {
    errorHook: (path, part, expected) => {
      found.push(`${[name, ...path].join('.')} is ${kindOf(part)}, not ${expected.toString()}`)
    },
  })
  return found[0] ?? `${name} cannot be encoded`
}

function kindOf(part: unknown): string {
  if (part === null || part === undefined) return String(part)
  if (typeof part === 'number' && !Number.isSafeInteger(part)) return 'a number that is no safe integer'
  return Array.isArray(part) ? 'an array' : `a ${typeof part}`
}

/** A reader of bytes that `writer` wrote, giving values of the latest version of `schema`. */
export function readerOf(schema: Schema<unknown>, writer: Type): Reader {
  const { type } = latest(schema)
  const resolver = writer === type ? undefined : type.createResolver(writer)
  return (bytes, start) => decodeAll(schema.name, type, resolver, bytes, start)
}

/** The same for a writer's schema that is not among the released versions. */
export function readerOfText(schema: Schema<unknown>, avsc: string): Reader {
  try {
    return readerOf(schema, parseAvro(avsc))
  } catch (error) {
    throw new SchemaError('MR_SCHEMA_DECODE', `The writer's schema cannot be read as ${schema.name}`, { cause: error })
  }
}

function decodeAll(name: string, type: Type, resolver: Resolver | undefined, bytes: Buffer, start: number): unknown {
  const { value, offset } = decodeOnce(name, type, resolver, bytes, start)
  if (offset < 0)
    throw new SchemaError('MR_SCHEMA_DECODE', `${name} is cut short: ${bytes.length} bytes are not enough`)
  if (offset < bytes.length)
    throw new SchemaError('MR_SCHEMA_DECODE', `${name} has ${bytes.length - offset} bytes too many`)
  return value
}

function decodeOnce(name: string, type: Type, resolver: Resolver | undefined, bytes: Buffer, start: number) {
  try {
    return type.decode(bytes, start, resolver)
  } catch (error) {
    throw new SchemaError('MR_SCHEMA_DECODE', `${name} cannot be decoded`, { cause: error })
  }
}

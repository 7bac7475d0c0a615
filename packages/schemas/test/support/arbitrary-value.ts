import avro from 'avsc'
import fc from 'fast-check'

// avsc counts in floating point and mistakes longs below -2^52; as a time that is 140,000 years ago.
const LONGEST = 2 ** 52

/** Any value that fits an Avro type, as fast-check makes them. */
export function arbitraryValue(type: avro.Type): fc.Arbitrary<unknown> {
  if (type instanceof avro.types.RecordType) return arbitraryRecord(type)
  if (type instanceof avro.types.UnwrappedUnionType) return fc.oneof(...type.types.map(arbitraryValue))
  if (type instanceof avro.types.ArrayType) return fc.array(arbitraryValue(type.itemsType), { maxLength: 4 })
  if (type instanceof avro.types.MapType) {
    return fc.dictionary(fc.string({ unit: 'binary' }), arbitraryValue(type.valuesType), { noNullPrototype: true })
  }
  return arbitraryPrimitive(type.typeName)
}

function arbitraryRecord(type: avro.types.RecordType): fc.Arbitrary<unknown> {
  return fc.record(Object.fromEntries(type.fields.map((field) => [field.name, arbitraryValue(field.type)])), {
    noNullPrototype: true,
  })
}

function arbitraryPrimitive(typeName: string): fc.Arbitrary<unknown> {
  switch (typeName) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'int':
      return fc.integer()
    case 'long':
      return fc.integer({ min: -LONGEST, max: LONGEST })
    case 'string':
      return fc.string({ unit: 'binary' })
    case 'bytes':
      return fc.oneof(fc.uint8Array(), fc.constant(new Uint8Array(100_000))).map((bytes) => Buffer.from(bytes))
    default:
      throw new Error(`no arbitrary for ${typeName}`)
  }
}

/** A copy of a decoded value made of plain objects, so that it can be compared strictly. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
}

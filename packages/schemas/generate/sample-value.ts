import avro from 'avsc'

/** `full`: every optional part is there; `bare`: none is. */
export type Fill = 'full' | 'bare'

/** A value that fits `type`, always the same one. `name` makes strings tell which field they are in. */
export function sampleValue(type: avro.Type, fill: Fill, name = ''): unknown {
  if (type instanceof avro.types.RecordType) {
    return Object.fromEntries(type.fields.map((field) => [field.name, sampleValue(field.type, fill, field.name)]))
  }
  if (type instanceof avro.types.UnwrappedUnionType) return sampleBranch(type, fill, name)
  if (type instanceof avro.types.ArrayType) return fill === 'full' ? [sampleValue(type.itemsType, fill, name)] : []
  if (type instanceof avro.types.MapType)
    return fill === 'full' ? { 'x-key': sampleValue(type.valuesType, fill, name) } : {}
  return samplePrimitive(type.typeName, fill, name)
}

function sampleBranch(union: avro.types.UnwrappedUnionType, fill: Fill, name: string): unknown {
  const branch = union.types.at(fill === 'full' ? -1 : 0)
  return branch && sampleValue(branch, fill, name)
}

function samplePrimitive(typeName: string, fill: Fill, name: string): unknown {
  const values: Record<string, unknown> = {
    null: null,
    boolean: fill === 'full',
    int: fill === 'full' ? 2_147_483_647 : 0,
    long: fill === 'full' ? 1_764_547_200_123 : -1,
    string: fill === 'full' ? `${name} “é 漢 🌊”` : '',
    bytes: fill === 'full' ? Buffer.from(`{"${name}":  "ü"}`) : Buffer.alloc(0),
  }
  if (!(typeName in values)) throw new Error(`no sample for ${typeName}`)
  return values[typeName]
}

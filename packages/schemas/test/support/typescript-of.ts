interface Named {
  readonly type: 'record'
  readonly name: string
  readonly fields: readonly { readonly name: string; readonly type: Avro }[]
}
type Complex =
  | Named
  | { readonly type: 'array'; readonly items: Avro }
  | { readonly type: 'map'; readonly values: Avro }
  | { readonly type: string; readonly logicalType: string }
export type Avro = string | readonly Avro[] | Complex

const primitives: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  string: 'string',
  bytes: 'Buffer',
}

/** The TypeScript type of the values of an Avro schema, written out. `named` collects the records met so far. */
export function typescriptOf(avro: Avro, named = new Map<string, string>()): string {
  if (typeof avro === 'string') return primitives[avro] ?? known(named, avro)
  if (isUnion(avro)) return avro.map((branch) => typescriptOf(branch, named)).join(' | ')
  if ('fields' in avro) return recordOf(avro, named)
  if ('items' in avro) return `(${typescriptOf(avro.items, named)})[]`
  if ('values' in avro) return `Record<string, ${typescriptOf(avro.values, named)}>`
  return typescriptOf(avro.type, named)
}

function isUnion(avro: Avro): avro is readonly Avro[] {
  return Array.isArray(avro)
}

function recordOf(record: Named, named: Map<string, string>): string {
  const fields = record.fields.map((field) => `${field.name}: ${typescriptOf(field.type, named)}`)
  const text = `{ ${fields.join('; ')} }`
  named.set(record.name, text)
  return text
}

function known(named: ReadonlyMap<string, string>, name: string): string {
  const text = named.get(name)
  if (text === undefined) throw new Error(`unknown Avro type ${name}`)
  return text
}

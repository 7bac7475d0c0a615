import type avro from 'avsc'
import { parseAvro } from '../../src/avro-type.ts'

/** Every pair of versions of which the first cannot read what the second wrote, in words. FULL_TRANSITIVE means none. */
export function incompatibilities(texts: readonly string[]): string[] {
  const types = texts.map(parseAvro)
  return types.flatMap((reader, r) =>
    types.flatMap((writer, w) => reasons(reader, writer).map((why) => `v${r + 1} cannot read v${w + 1}: ${why}`)),
  )
}

function reasons(reader: avro.Type, writer: avro.Type): string[] {
  try {
    reader.createResolver(writer)
    return []
  } catch (error) {
    return [String(error)]
  }
}

import avro from 'avsc'
import { boundCounts } from './avro-counts.ts'
import { writeTextsAtOnce } from './avro-texts.ts'

boundCounts()
writeTextsAtOnce()

/** Parses an Avro schema into a codec whose values look as those of values/: unwrapped unions, records without methods, times as numbers. */
export function parseAvro(avsc: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(avsc), { wrapUnions: false, omitRecordMethods: true })
}

/** Parsing Canonical Form, https://avro.apache.org/docs/1.12.0/specification/#parsing-canonical-form-for-schemas */
export function canonicalForm(type: avro.Type): string {
  return JSON.stringify(type.schema())
}

// CONTRACT (the schemas helper replaces the bodies).
import type { Schema } from './schema.ts'

/** How values become record bytes. Readers take both encodings, writers use one (DESIGN §4). */
export interface WireFormat {
  /** @throws SchemaError `MR_SCHEMA_ENCODE` naming the field that does not fit. */
  encode<V>(schema: Schema<V>, value: V): Buffer
  /** @throws SchemaError `MR_SCHEMA_DECODE` when the bytes are of no known encoding or version. */
  decode<V>(schema: Schema<V>, bytes: Buffer): V
}

/** Avro single-object encoding: `C3 01`, the writer schema's CRC-64-AVRO fingerprint (little endian), the body. */
export declare const singleObject: WireFormat

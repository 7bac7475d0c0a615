/** Every error of this package. Encoding and decoding depend on nothing outside, so trying again never helps. */
export const schemaErrors = {
  MR_SCHEMA_ENCODE: {
    statusCode: 500,
    retryable: false,
    meaning: 'A value does not fit its Avro schema. The message names the field.',
  },
  MR_SCHEMA_DECODE: {
    statusCode: 500,
    retryable: false,
    meaning: 'Record bytes are of no known encoding, of another schema, or damaged.',
  },
  MR_SCHEMA_UNKNOWN_VERSION: {
    statusCode: 500,
    retryable: false,
    meaning:
      'A record was written with a schema version that this process does not know: a newer release wrote it. Upgrade the reader.',
  },
} as const

export type SchemaErrorCode = keyof typeof schemaErrors

/** A value or record bytes that do not fit. Messages name schema and field, never a value: values may be personal. */
export class SchemaError extends Error {
  readonly code: SchemaErrorCode
  readonly retryable: boolean
  readonly statusCode: number

  constructor(code: SchemaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SchemaError'
    this.code = code
    this.retryable = schemaErrors[code].retryable
    this.statusCode = schemaErrors[code].statusCode
  }
}

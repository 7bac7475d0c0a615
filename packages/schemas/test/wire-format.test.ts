import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bytesSchema,
  confluentWireFormat,
  type Delivery,
  type Schema,
  schemas,
  singleObject,
  type WireFormat,
} from '../src/index.ts'
import { arbitraryValue, plain } from './support/arbitrary-value.ts'

const all = Object.values(schemas) as Schema<unknown>[]
const registry = {
  idOf: (schema: Schema<unknown>) => 70_000 + all.indexOf(schema),
  schemaOf: (id: number) => all[id - 70_000]?.versions.at(-1)?.avsc,
}
const confluent = confluentWireFormat(registry)

const attempt = {
  tenant: 'default',
  delivery_id: 'msg_1',
  endpoint_id: 'ep_1',
  event_id: 'evt_1',
  about_id: 'cnv_1',
  event_type: 'message.received',
  attempt: 1,
  run_id: '',
  started_at: 1_700_000_000_000,
  duration_ms: 12,
  status_code: 200,
  outcome: 'succeeded' as const,
  error_code: null,
  next_attempt_at: null,
  plan: '',
  phase: 'done',
  address: null,
  is_reused: false,
  dns_us: null,
  connect_us: null,
  tls_us: null,
  first_byte_us: null,
  bytes_sent: 0,
  bytes_received: 0,
  retry_after_ms: null,
  answer: null,
}

function arbitraryOf(schema: Schema<unknown>): fc.Arbitrary<unknown> {
  const type = schema.versions.at(-1)?.type
  if (!type) throw new Error(`${schema.name} has no version`)
  return arbitraryValue(type)
}

describe.each<[string, WireFormat]>([
  ['single-object encoding', singleObject],
  ['Confluent wire format', confluent],
])('%s', (_, wire) => {
  test.each(all.map((schema) => [schema.name, schema] as const))('gives back every %s as it was', (_name, schema) => {
    fc.assert(
      fc.property(arbitraryOf(schema), (value) => {
        expect(plain(wire.decode(schema, wire.encode(schema, value)))).toStrictEqual(plain(value))
      }),
    )
  })

  test('passes raw bytes through', () => {
    const bytes = Buffer.from('not avro')
    expect(wire.decode(bytesSchema, wire.encode(bytesSchema, bytes))).toEqual(bytes)
  })

  test('gives each record bytes of its own', () => {
    const first = wire.encode(schemas.Attempt, attempt)
    const copy = Buffer.from(first)
    wire.encode(schemas.Attempt, { ...attempt, tenant: 'another' })
    expect(first).toEqual(copy)
  })

  test('decodes bytes into memory of its own', () => {
    const body = Buffer.from('{"a":1}')
    const value: Delivery = {
      ...attempt,
      conversation_id: null,
      requested_at: 0,
      attempts: 0,
      not_before: 0,
      due_at: 0,
      waiting_for: '',
      first_requested_at: 0,
      run_id: '',
      sequence: 0,
      predecessor_id: null,
      approval: null,
      preview: null,
      body,
    }
    const bytes = wire.encode(schemas.Delivery, value)
    const decoded = wire.decode(schemas.Delivery, bytes)
    bytes.fill(0)
    expect(decoded.body).toEqual(body)
  })
})

test('a single object begins with its marker and the fingerprint of its schema', () => {
  const bytes = singleObject.encode(schemas.Attempt, attempt)
  expect(bytes.subarray(0, 2).toString('hex')).toBe('c301')
  expect(bytes.readBigUInt64LE(2)).toBe(schemas.Attempt.versions[0]?.fingerprint)
})

test('a Confluent value begins with a zero and the id that the registry gave', () => {
  const bytes = confluent.encode(schemas.Attempt, attempt)
  expect(bytes[0]).toBe(0)
  expect(bytes.readUInt32BE(1)).toBe(registry.idOf(schemas.Attempt))
})

test('a reader with a registry takes single objects', () => {
  expect(confluent.decode(schemas.Attempt, singleObject.encode(schemas.Attempt, attempt))).toEqual(attempt)
})

test('a writer of single objects that knows the registry takes Confluent values', () => {
  const between = confluentWireFormat(registry, { writes: 'single-object' })
  expect(between.encode(schemas.Attempt, attempt)).toEqual(singleObject.encode(schemas.Attempt, attempt))
  expect(between.decode(schemas.Attempt, confluent.encode(schemas.Attempt, attempt))).toEqual(attempt)
})

test('the registry is asked once for each schema', () => {
  let questions = 0
  const counting = confluentWireFormat({
    idOf: (schema) => ++questions && registry.idOf(schema),
    schemaOf: (id) => (++questions ? registry.schemaOf(id) : undefined),
  })
  for (let i = 0; i < 3; i++) counting.decode(schemas.Attempt, counting.encode(schemas.Attempt, attempt))
  expect(questions).toBe(2)
})

test('a version that only the registry knows is read as our latest', () => {
  const avsc = JSON.parse(schemas.Attempt.versions[0]?.avsc ?? '')
  avsc.fields.unshift({ name: 'added_later', type: { type: 'array', items: 'string' }, default: [] })
  const newer = confluentWireFormat({ idOf: () => 1, schemaOf: () => JSON.stringify(avsc) })
  const body = confluent.encode(schemas.Attempt, attempt).subarray(5)
  const bytes = Buffer.concat([Buffer.from('0000000001', 'hex'), Buffer.from('0206616263' + '00', 'hex'), body])
  expect(newer.decode(schemas.Attempt, bytes)).toEqual(attempt)
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ConversationSnapshot, confluentWireFormat, SchemaError, schemas, singleObject } from '../src/index.ts'

const snapshot: ConversationSnapshot = {
  tenant: 'default',
  account: 'default',
  conversation_id: 'cnv_1',
  state: 'live',
  merged_into: null,
  completeness: 'full',
  as_of: 1_700_000_000_000,
  caused_by: ['evt_1', 'evt_2', 'evt_3'],
  pending: [],
  is_first: true,
  subject: 'Hello',
  status: null,
  assignee: null,
  recipient: { id: null, name: 'A', handle: 'a@example.com' },
  tags: [{ id: 'tag_1', name: 'vip' }],
  custom_fields_json: '{}',
  created_at: null,
  messages: [],
  comments: [{ id: 'com_1', author: null, text: 'secret words', posted_at: 1 }],
  has_more: false,
  fold_json: '{}',
}

function errorOf(act: () => unknown): SchemaError {
  try {
    act()
  } catch (error) {
    if (error instanceof SchemaError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const encodeWith = (change: object) => () =>
  singleObject.encode(schemas.ConversationSnapshot, { ...snapshot, ...change })
const decode = (bytes: Buffer) => () => singleObject.decode(schemas.ConversationSnapshot, bytes)

describe('a value that does not fit', () => {
  test.each([
    ['a field of another type', { subject: 5 }, 'ConversationSnapshot.subject is a number'],
    ['a missing field', { tenant: undefined }, 'ConversationSnapshot.tenant is undefined'],
    [
      'a fraction where a time belongs',
      { as_of: 1.5 },
      'ConversationSnapshot.as_of is a number that is no safe integer',
    ],
    [
      'a field deep inside',
      { comments: [{ ...snapshot.comments[0], text: null }] },
      'ConversationSnapshot.comments.0.text is null',
    ],
  ])('%s is named', (_, change, message) => {
    const error = errorOf(encodeWith(change))
    expect(error).toMatchObject({ code: 'MR_SCHEMA_ENCODE', retryable: false, statusCode: 500 })
    expect(error.message).toContain(message)
  })

  test('is not quoted, it may be personal', () => {
    expect(errorOf(encodeWith({ comments: 'secret words' })).message).not.toContain('secret')
  })

  test('may be nothing at all', () => {
    expect(errorOf(() => singleObject.encode(schemas.Attempt, undefined as never)).code).toBe('MR_SCHEMA_ENCODE')
  })
})

describe('bytes that cannot be read', () => {
  const good = singleObject.encode(schemas.ConversationSnapshot, snapshot)

  test.each([
    ['empty', Buffer.alloc(0)],
    ['JSON', Buffer.from('{"tenant":"default"}')],
    ['cut short', good.subarray(0, good.length - 1)],
    ['followed by more', Buffer.concat([good, Buffer.from([0])])],
    ['Confluent ones without a registry', Buffer.concat([Buffer.from('0000000001', 'hex'), good.subarray(10)])],
  ])('%s are refused', (_, bytes) => {
    expect(errorOf(decode(bytes)).code).toBe('MR_SCHEMA_DECODE')
  })

  test('another record is refused', () => {
    const bytes = confluentWireFormat({ idOf: () => 1, schemaOf: () => undefined }).encode(
      schemas.ConversationSnapshot,
      snapshot,
    )
    const other = confluentWireFormat({ idOf: () => 1, schemaOf: () => schemas.Attempt.versions[0]?.avsc })
    expect(errorOf(() => other.decode(schemas.ConversationSnapshot, bytes)).code).toBe('MR_SCHEMA_DECODE')
  })

  test('an unknown fingerprint is told from damage, and named as it stands on the wire', () => {
    const bytes = Buffer.from(good)
    bytes.write('0123456789abcdef', 2, 'hex')
    const error = errorOf(decode(bytes))
    expect(error.code).toBe('MR_SCHEMA_UNKNOWN_VERSION')
    expect(error.message).toContain('0123456789abcdef')
  })

  test('an id that the registry lacks is an unknown version', () => {
    const wire = confluentWireFormat({ idOf: () => 1, schemaOf: () => undefined })
    const bytes = wire.encode(schemas.ConversationSnapshot, snapshot)
    expect(errorOf(() => wire.decode(schemas.ConversationSnapshot, bytes)).code).toBe('MR_SCHEMA_UNKNOWN_VERSION')
  })

  test('damage of any kind gives a SchemaError or a value, quickly', () => {
    const damage = fc.array(fc.tuple(fc.integer({ min: 10, max: good.length - 1 }), fc.integer({ min: 0, max: 255 })), {
      maxLength: 8,
    })
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(good)
        for (const [at, byte] of changes) bytes[at] = byte
        try {
          decode(bytes)()
        } catch (error) {
          expect(error).toBeInstanceOf(SchemaError)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  test('a count of millions in a few bytes is refused', () => {
    const bytes = Buffer.from(good)
    const at = bytes.indexOf('evt_1') - 2
    bytes.write('ffffffff7f', at, 'hex')
    expect(errorOf(decode(bytes))).toMatchObject({ code: 'MR_SCHEMA_DECODE', cause: { name: 'RangeError' } })
  })
})

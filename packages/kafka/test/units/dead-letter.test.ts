import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deadLetter, reportDeadLetter } from '../../src/dead-letter.ts'
import { KafkaError, permanent } from '../../src/errors.ts'
import type { RawRecord } from '../../src/index.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { bytesTopic } from '../support/topics.ts'

const source = bytesTopic('source')
const record: RawRecord = {
  topic: 'source',
  partition: 7,
  offset: 4_294_967_297n,
  id: 'source-7-4294967297',
  key: 'k',
  value: Buffer.from([0, 255, 1]),
  headers: new Map([['x-own', Buffer.from('kept')]]),
  timestamp: 1_700_000_000_123,
}

test('key, value and headers are unchanged, and place and time are big-endian integers', () => {
  const letter = deadLetter('p.', source, 'group', record, new KafkaError('MR_KAFKA_TRANSIENT', 'away'))
  expect(letter).toMatchObject({
    topic: 'p.source.dlq.group',
    partition: 7,
    key: Buffer.from('k'),
    value: record.value,
  })
  const header = (name: string) => letter.headers[name] as Buffer
  expect(String(header('x-own'))).toBe('kept')
  expect(header('kafka_dlt-original-partition')).toEqual(Buffer.from([0, 0, 0, 7]))
  expect(header('kafka_dlt-original-offset')).toEqual(Buffer.from([0, 0, 0, 1, 0, 0, 0, 1]))
  expect(header('kafka_dlt-original-timestamp').readBigInt64BE()).toBe(1_700_000_000_123n)
  expect(letter.headers).toMatchObject({
    'kafka_dlt-original-topic': 'source',
    'kafka_dlt-original-timestamp-type': 'CreateTime',
    'kafka_dlt-original-consumer-group': 'group',
    'kafka_dlt-exception-fqcn': 'KafkaError',
    'kafka_dlt-exception-message': 'away',
    'x-error-code': 'MR_KAFKA_TRANSIENT',
  })
})

test.each([
  ['an unknown error', new Error('client Anna Schmidt is unknown')],
  ['an error of Node', Object.assign(new TypeError('Received "Anna Schmidt"'), { code: 'ERR_INVALID_ARG_TYPE' })],
  ['an error that spans lines', new Error('no\nAnna Schmidt\nfound')],
])('the text of %s stays here, for it may quote a payload', (_, error) => {
  const letter = deadLetter('', source, 'group', record, error)
  expect(JSON.stringify(Object.values(letter.headers).map(String))).not.toContain('Anna')
  expect(String(letter.headers['kafka_dlt-exception-stacktrace'])).toContain('dead-letter.test.ts')
})

test('whatever was thrown, the letter can be written: headers are short texts or bytes', () => {
  const strange = fc.record({ name: fc.anything(), message: fc.anything(), stack: fc.anything(), code: fc.anything() })
  const errors = fc.oneof(
    fc.anything(),
    strange.map((facts) => Object.assign(new Error('x'), facts)),
    fc.string({ minLength: 2_000, maxLength: 9_000 }).map((message) => new KafkaError('MR_KAFKA_TRANSIENT', message)),
  )
  fc.assert(
    fc.property(errors, (error) => {
      for (const value of Object.values(deadLetter('', source, 'group', record, error).headers)) {
        expect(typeof value === 'string' || Buffer.isBuffer(value)).toBe(true)
        expect(value.length).toBeLessThanOrEqual(4_000)
      }
    }),
  )
})

test('the log names the dead-letter topic, and tells the message of an error of ours only', () => {
  const log = createRecordingLog()
  reportDeadLetter(log, source, 'group', record, permanent('MR_TEST_NEVER', 'event evt_1 to endpoint ep_1'))
  reportDeadLetter(log, source, 'group', record, new Error('client Anna Schmidt is unknown'))
  const common = { group: 'group', position: record.id, dead_letter_topic: 'source.dlq.group' }
  expect(log.lines.map(({ fields }) => fields)).toMatchObject([
    { ...common, code: 'MR_TEST_NEVER', error: 'event evt_1 to endpoint ep_1' },
    { ...common, code: 'MR_KAFKA_HANDLER_BUG', error: 'Error (text withheld)' },
  ])
  expect(JSON.stringify(log.lines)).not.toContain('Anna')
})

test('a dead letter that its handler has told of is no error line, but is counted and written like all others', () => {
  const log = createRecordingLog()
  const told = permanent('MR_TEST_NEVER', 'of an endpoint that is disabled', { isTold: true })
  reportDeadLetter(log, source, 'group', record, told)
  expect(log.lines.map(({ level }) => level)).toEqual(['debug'])
  expect(deadLetter('', source, 'group', record, told).headers['x-error-code']).toBe('MR_TEST_NEVER')
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { classify, permanent, throttled, transient } from '../../src/errors.ts'
import { PortError } from '../../src/port.ts'

const KINDS = ['transient', 'throttled', 'permanent', 'bug']

test('any thrown thing has a class, a code and a sane wait', () => {
  const values = fc.oneof(
    fc.anything({ withBoxedValues: true, withNullPrototype: true, withDate: true, withMap: true }),
    fc.record({ name: fc.anything(), code: fc.anything(), retryable: fc.anything(), retryAfterMs: fc.anything() }),
  )
  fc.assert(
    fc.property(values, (thrown) => {
      const { kind, code, retryAfterMs } = classify(thrown)
      expect(KINDS).toContain(kind)
      expect(typeof code).toBe('string')
      expect(kind === 'throttled').toBe(retryAfterMs !== undefined)
      if (retryAfterMs !== undefined) expect(retryAfterMs).toBeGreaterThanOrEqual(0)
    }),
    { numRuns: 1_000 },
  )
})

test('a thing that throws when it is looked at is a bug', () => {
  const hostile = new Proxy({}, { get: () => JSON.parse('not JSON') })
  expect(classify(hostile)).toMatchObject({ kind: 'bug', code: 'MR_KAFKA_HANDLER_BUG' })
})

test('a broker that does not answer in time makes no dead letter of the record in hand; its refusal may', () => {
  expect(classify(new PortError('unavailable', 'KafkaJSRequestTimeoutError', 'timed out')).kind).toBe('transient')
  expect(classify(new PortError('refused', 'INVALID_TOPIC', 'no')).kind).toBe('bug')
})

test.each([
  ['transient()', transient('away'), 'transient', 'MR_KAFKA_TRANSIENT'],
  ['throttled()', throttled('slowly', 50), 'throttled', 'MR_KAFKA_THROTTLED'],
  ['permanent()', permanent('MR_X', 'never'), 'permanent', 'MR_X'],
  ['a TypeError', new TypeError('x is undefined'), 'bug', 'MR_KAFKA_HANDLER_BUG'],
  ['a plain Error', new Error('what'), 'bug', 'MR_KAFKA_HANDLER_BUG'],
  ['an error of the network', Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 'transient', 'ECONNREFUSED'],
  [
    'an error of a package that may be repeated',
    { code: 'MR_FRONT_UNAVAILABLE', retryable: true },
    'transient',
    'MR_FRONT_UNAVAILABLE',
  ],
  ['a no that has a network code', permanent('ETIMEDOUT', 'given up'), 'permanent', 'ETIMEDOUT'],
  ['nothing', undefined, 'bug', 'MR_KAFKA_HANDLER_BUG'],
] as const)('%s is told apart', (_, thrown, kind, code) => {
  expect(classify(thrown)).toMatchObject({ kind, code })
})

import { describe, expect, test } from 'vitest'
import {
  frontApp,
  genericHmac,
  sign,
  standardWebhooksV1,
  type TimestampUnit,
  verify,
  withTolerance,
} from '../src/index.ts'
import { signNow, verifyNow } from './support.ts'

const body = Buffer.from('{}')
const secrets = [{ id: 's', secret: 'right' }]
const fiveMinutes = 300_000

function verdictAt(sentAt: number, now: number, unit: TimestampUnit = 'ms') {
  const timestamp = { header: 'x-time', unit, toleranceMs: fiveMinutes }
  const scheme = genericHmac({ template: '{timestamp}.{body}', timestamp })
  const verdict = verify(scheme, { headers: sign(scheme, { body, timestamp: sentAt }, 'right'), body }, secrets, now)
  return verdict.ok ? 'ok' : verdict.rule
}

describe('the window', () => {
  const sent = 1_760_000_000_000
  test.each<[string, number, TimestampUnit, string]>([
    ['now', 0, 'ms', 'ok'],
    ['exactly five minutes ago', fiveMinutes, 'ms', 'ok'],
    ['a millisecond longer ago', fiveMinutes + 1, 'ms', 'timestamp-stale'],
    ['exactly five minutes ahead', -fiveMinutes, 'ms', 'ok'],
    ['a millisecond further ahead', -fiveMinutes - 1, 'ms', 'timestamp-future'],
    ['exactly five minutes ago, in seconds', fiveMinutes, 's', 'ok'],
    ['a millisecond longer ago, in seconds', fiveMinutes + 1, 's', 'timestamp-stale'],
    ['a millisecond further ahead, in seconds', -fiveMinutes - 1, 's', 'timestamp-future'],
    ['exactly five minutes ago, by magnitude', fiveMinutes, 'auto', 'ok'],
    ['an hour ago', 3_600_000, 'auto', 'timestamp-stale'],
  ])('sent %s', (_name, age, unit, expected) => {
    expect(verdictAt(sent, sent + age, unit)).toBe(expected)
  })

  test('can be set for a source', () => {
    const headers = sign(frontApp, { body, timestamp: sent }, 'right')
    const narrow = withTolerance(frontApp, 1000)
    expect(verify(narrow, { headers, body }, secrets, sent + 1000).ok).toBe(true)
    expect(verify(narrow, { headers, body }, secrets, sent + 1001)).toEqual({ ok: false, rule: 'timestamp-stale' })
  })
})

describe('Front times', () => {
  test('are taken in seconds and in milliseconds alike', () => {
    const inSeconds = {
      ...frontApp,
      timestamp: { header: 'x-front-request-timestamp', unit: 's', toleranceMs: 0 },
    } as const
    const headers = sign(inSeconds, { body, timestamp: 1_694_046_471_000 }, 'right')
    expect(headers['x-front-request-timestamp']).toBe('1694046471')
    expect(verify(frontApp, { headers, body }, secrets, 1_694_046_471_000).ok).toBe(true)
  })
})

describe.each([
  { scheme: frontApp, header: 'x-front-request-timestamp', secret: 'right' },
  { scheme: standardWebhooksV1, header: 'webhook-timestamp', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
])('$header', ({ scheme, header, secret }) => {
  const verdict = (text: string | undefined) =>
    verifyNow(scheme, { ...signNow(scheme, body, secret), [header]: text }, body, secret)

  test.each([
    ['nothing', undefined, 'timestamp-missing'],
    ['empty', '', 'timestamp-missing'],
    ['digits with letters behind', '123abc', 'timestamp-malformed'],
    ['negative', '-1760000000', 'timestamp-malformed'],
    ['signed', '+1760000000', 'timestamp-malformed'],
    ['with spaces', ' 1760000000', 'timestamp-malformed'],
    ['with a fraction', '1760000000.5', 'timestamp-malformed'],
    ['in exponent form', '1e9', 'timestamp-malformed'],
    ['in hex', '0x10', 'timestamp-malformed'],
    ['in other digits', '١٧٦٠٠٠٠٠٠٠', 'timestamp-malformed'],
    ['huge', '9'.repeat(400), 'timestamp-malformed'],
    ['beyond any clock', '9'.repeat(15), 'timestamp-future'],
    ['zero', '0', 'timestamp-stale'],
  ])('%s is refused', (_name, text, rule) => {
    expect(verdict(text)).toEqual({ ok: false, rule })
  })

  test('a fresh time that was not the signed one is refused', () => {
    expect(verdict('1760000001')).toEqual({ ok: false, rule: 'signature-mismatch' })
  })
})

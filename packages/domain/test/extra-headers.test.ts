import fc from 'fast-check'
import { expect, test } from 'vitest'
import { extraHeaderProblem } from '../src/extra-headers.ts'

test.each([
  'Host',
  'content-length',
  'Content-Type',
  'Transfer-Encoding',
  'connection',
  'TE',
  'Upgrade',
  'Expect',
  'Proxy-Authorization',
  'proxy-connection',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'Forwarded',
  'Via',
  'X-Real-IP',
  'X-aws-ec2-metadata-token',
  'x-amz-date',
  'Metadata',
  'Metadata-Flavor',
  'X-Google-Metadata-Request',
  'X-Goog-Anything',
  'webhook-id',
  'Webhook-Signature',
  'WebHook-Request-Origin',
  'svix-id',
  'ratelimit-remaining',
  'traceparent',
  'Cookie',
  'X-HTTP-Method-Override',
])('%s is refused whatever its case', (name) => {
  for (const spelled of [name, name.toLowerCase(), name.toUpperCase()])
    expect(extraHeaderProblem(spelled, 'x')).toBeTruthy()
})

test.each([
  ['Authorization', 'Bearer abc.def'],
  ['X-Api-Key', 'k'],
  ['X-Tenant', 'a, b;c="d e"'],
])('%s is taken', (name, value) => {
  expect(extraHeaderProblem(name, value)).toBeUndefined()
})

test.each(['', ' ', 'a b', 'a:b', 'a\r\nb', ':method', 'ä', 'x'.repeat(65), 'a\u0000'])('%j is no name', (name) => {
  expect(extraHeaderProblem(name, 'x')).toBeTruthy()
})

test.each(['', ' a', 'a ', 'a\r\nHost: b', 'a\nb', 'a\u0000b', 'ä', 'x'.repeat(2_049)])('%j is no value', (value) => {
  expect(extraHeaderProblem('X-Key', value)).toBeTruthy()
})

/** Control characters and what lies just beyond ASCII among them. */
const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0x2ff }).map((code) => String.fromCharCode(code)) })

test('nothing that is taken can end its line', () => {
  fc.assert(
    fc.property(anyText, anyText, (name, value) => {
      if (extraHeaderProblem(name, value) === undefined) expect(`${name}: ${value}`).toMatch(/^[\x20-\x7e\t]+$/)
    }),
  )
})

test('the reason never repeats the value', () => {
  expect(extraHeaderProblem('X-Key', 'hunter2\n')).not.toContain('hunter2')
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { everyScheme, signed, signNow, verifyNow } from './support.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const mismatch = { ok: false, rule: 'signature-mismatch' }

describe.each(everyScheme)('$scheme.name ($scheme.header)', ({ scheme, secret, other }) => {
  test('any bytes that were signed are accepted', () => {
    fc.assert(
      fc.property(bytes, (body) => {
        const headers = signNow(scheme, body, secret)
        expect(verifyNow(scheme, headers, body, secret)).toMatchObject({ ok: true, secretId: 's1' })
      }),
    )
  })

  test('another secret is refused', () => {
    fc.assert(
      fc.property(bytes, (body) => {
        expect(verifyNow(scheme, signNow(scheme, body, other), body, secret)).toEqual(mismatch)
      }),
    )
  })

  test('each secret of a rotation is accepted and named', () => {
    const body = Buffer.from('{}')
    expect(verifyNow(scheme, signNow(scheme, body, secret), body, other, secret)).toMatchObject({ secretId: 's2' })
    expect(verifyNow(scheme, signNow(scheme, body, other), body, other, secret)).toMatchObject({ secretId: 's1' })
  })

  test('any change to the signature or key is refused', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 0x21, max: 0x7e }), (body, place, code) => {
        const headers = signNow(scheme, body, secret)
        const value = headers[scheme.header] ?? ''
        const at = place % value.length
        const changed = value.slice(0, at) + String.fromCharCode(code) + value.slice(at + 1)
        // Hex digits may be written in capitals; that is the same signature.
        fc.pre(changed.toLowerCase() !== value.toLowerCase() || (changed !== value && !/^[0-9a-f]+$/.test(value)))
        expect(verifyNow(scheme, { ...headers, [scheme.header]: changed }, body, secret)).toMatchObject({ ok: false })
      }),
    )
  })

  test('arbitrary header values never throw and never pass', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...namesOf(scheme)), fc.string({ maxLength: 120 })), (headers) => {
        fc.pre(!Object.values(headers).some((value) => value.endsWith(secret)))
        expect(verifyNow(scheme, headers, Buffer.from('{}'), secret)).toMatchObject({ ok: false })
      }),
    )
  })
})

describe.each(signed)('$scheme.name ($scheme.header)', ({ scheme, secret }) => {
  test('a body with one bit flipped is refused', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat({ max: 7 }), (body, place, bit) => {
        fc.pre(body.length > 0)
        const headers = signNow(scheme, body, secret)
        const changed = Buffer.from(body)
        const at = place % body.length
        changed[at] = (body[at] ?? 0) ^ (1 << bit)
        expect(verifyNow(scheme, headers, changed, secret)).toEqual(mismatch)
      }),
    )
  })

  test('a body that is longer or shorter is refused', () => {
    const body = Buffer.from('{"a":1}')
    const headers = signNow(scheme, body, secret)
    for (const changed of [body.subarray(1), body.subarray(0, -1), Buffer.concat([body, Buffer.from('0')])])
      expect(verifyNow(scheme, headers, changed, secret)).toEqual(mismatch)
  })
})

function namesOf(scheme: (typeof everyScheme)[number]['scheme']): string[] {
  return Object.keys(
    signNow(scheme, Buffer.alloc(0), everyScheme.find((entry) => entry.scheme === scheme)?.secret ?? ''),
  )
}

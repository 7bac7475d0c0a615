import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newSecretKey, open, parseSecretKeys, seal } from '../src/index.ts'

const [first, second] = [newSecretKey('k1'), newSecretKey('k2')]
const keys = parseSecretKeys(first)
const code = (name: string) => expect.objectContaining({ code: name })

describe('a sealed text', () => {
  test('opens to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, belongsTo) => {
        expect(open(seal(Buffer.from(bytes), keys, belongsTo), keys, belongsTo)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test('opens for nothing but what it belongs to', () => {
    const sealed = seal('secret', keys, 'endpoint-1')
    expect(() => open(sealed, keys, 'endpoint-2')).toThrow(code('MR_SIGNING_SEALED_REFUSED'))
    expect(() => open(sealed, keys)).toThrow(code('MR_SIGNING_SEALED_REFUSED'))
  })

  test('that was changed anywhere does not open', () => {
    const sealed = seal('secret', keys, 'endpoint-1')
    fc.assert(
      fc.property(fc.nat({ max: sealed.length - 1 }), fc.integer({ min: 0x20, max: 0x7e }), (at, letter) => {
        const changed = sealed.slice(0, at) + String.fromCharCode(letter) + sealed.slice(at + 1)
        fc.pre(changed !== sealed)
        expect(() => open(changed, keys, 'endpoint-1')).toThrow(code(expect.stringMatching(/^MR_SIGNING_SEALED_/)))
      }),
    )
  })

  test('still opens after a new key came first, and new texts use the new key', () => {
    const rotated = parseSecretKeys(`${second}, ${first}`)
    expect(open(seal('old', keys), rotated).toString()).toBe('old')
    expect(seal('new', rotated)).toMatch(/^mrs1\.k2\./)
  })

  test('names the key that is missing', () => {
    expect(() => open(seal('x', keys), parseSecretKeys(second))).toThrow(/Key k1/)
  })

  test('is refused when its key id means another key now', () => {
    const replaced = parseSecretKeys(newSecretKey('k1'))
    expect(() => open(seal('x', keys), replaced)).toThrow(code('MR_SIGNING_SEALED_REFUSED'))
  })

  test('differs each time', () => {
    expect(seal('x', keys)).not.toBe(seal('x', keys))
  })

  test.each(['', 'mrs1', 'mrs1.k1.', 'mrs2.k1.AAAA', 'mrs1.k1.AAAA', `${seal('x', keys)}.x`, `${seal('x', keys)}=`])(
    'of another form is refused: %j',
    (sealed) => {
      expect(() => open(sealed, keys)).toThrow(code('MR_SIGNING_SEALED_FORMAT'))
    },
  )
})

describe('MILLRACE_SECRET_KEYS', () => {
  const short = Buffer.alloc(16, 1).toString('base64')
  test.each([
    ['empty', ''],
    ['without an id', first.slice(3)],
    ['with an empty id', `:${first.slice(3)}`],
    ['with a dot in the id', first.replace('k1', 'k.1')],
    ['with a short key', `k1:${short}`],
    ['with letters that are no base64', `${first}*`],
    ['with one id twice', `${first},${newSecretKey('k1')}`],
    ['with an empty entry', `${first},`],
  ])('%s is refused without showing it', (_name, text) => {
    expect(() => parseSecretKeys(text)).toThrow(code('MR_SIGNING_KEYS_FORMAT'))
    expect(() => parseSecretKeys(text)).not.toThrow(first.slice(3))
    expect(() => parseSecretKeys(text)).not.toThrow(short)
  })

  test('gives up a key that is lost, but not the current one', () => {
    const both = parseSecretKeys(`${second},k1:lost`)
    expect(() => open(seal('x', keys), both)).toThrow(code('MR_SIGNING_SEALED_KEY_LOST'))
    expect(open(seal('x', both), both).toString()).toBe('x')
    expect(() => parseSecretKeys('k1:lost')).toThrow(code('MR_SIGNING_KEYS_FORMAT'))
  })

  test('never shows its keys when printed', () => {
    const [, key = ''] = first.split(':')
    expect(JSON.stringify([...keys.byId])).not.toContain(key)
  })
})

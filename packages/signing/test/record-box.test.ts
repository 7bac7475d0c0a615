import { createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decryptBytes, encryptBytes, localKeyWrapper, newSecretKey, parseSecretKeys } from '../src/index.ts'

const key = createSecretKey(randomBytes(32))
const keyId = 'default/cnv_1/0123456789abcdef'
const code = (name: string) => expect.objectContaining({ code: name })

describe('encrypted bytes', () => {
  test('open to the same, 28 bytes shorter', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
        const sealed = encryptBytes(key, keyId, Buffer.from(bytes))
        expect(sealed).toHaveLength(bytes.length + 28)
        expect(decryptBytes(key, keyId, sealed)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test('are never the same twice', () => {
    const nonces = Array.from({ length: 2_000 }, () => encryptBytes(key, keyId, Buffer.alloc(0)).toString('hex', 0, 12))
    expect(new Set(nonces).size).toBe(nonces.length)
  })

  test('that were changed anywhere, cut, or are of another key id do not open', () => {
    const sealed = encryptBytes(key, keyId, Buffer.from('some text'))
    fc.assert(
      fc.property(fc.nat({ max: sealed.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const changed = Buffer.from(sealed)
        changed[at] = (changed[at] ?? 0) ^ bits
        expect(() => decryptBytes(key, keyId, changed)).toThrow(code('MR_SIGNING_BYTES_REFUSED'))
      }),
    )
    for (const length of [0, 12, 27, sealed.length - 1])
      expect(() => decryptBytes(key, keyId, sealed.subarray(0, length))).toThrow(code('MR_SIGNING_BYTES_REFUSED'))
    expect(() => decryptBytes(key, `${keyId}0`, sealed)).toThrow(code('MR_SIGNING_BYTES_REFUSED'))
  })

  // For readers in other languages: docs/encryption.md has these, made by another library.
  test('of the documented example open', async () => {
    const wrapped = 'mrs1.k1.AAECAwQFBgcICQoL7VacxTtILeKYUSuY18TCM9RyiKWaFzujeAk38UHO-NwKLVlY9owEGNShF1iYm-b0'
    const master = localKeyWrapper(parseSecretKeys(`k1:${Buffer.alloc(32, 9).toString('base64')}`))
    const plain = await master.unwrap(wrapped, keyId)
    expect(plain).toEqual(Buffer.alloc(32, 7))
    const bytes = Buffer.from('000102030405060708090a0b5ff32accde96bc5f2e786386690e3c6a42f1ee79707a41', 'hex')
    expect(decryptBytes(createSecretKey(plain), keyId, bytes).toString()).toBe('Grüße')
  })
})

describe('a data key', () => {
  const keys = newSecretKey('k1')
  const wrapper = localKeyWrapper(parseSecretKeys(keys))

  test('is unwrapped for its own id alone, and says by which master key', async () => {
    const wrapped = await wrapper.wrap(Buffer.alloc(32, 1), keyId)
    expect(await wrapper.unwrap(wrapped, keyId)).toEqual(Buffer.alloc(32, 1))
    await expect(wrapper.unwrap(wrapped, 'default/cnv_2/0123456789abcdef')).rejects.toEqual(
      code('MR_SIGNING_SEALED_REFUSED'),
    )
    expect([wrapper.masterKeyOf(wrapped), wrapper.currentMasterKey]).toEqual(['k1', 'k1'])
  })

  test('of a master key that is not at hand says so, and opens where that one is kept', async () => {
    const wrapped = await wrapper.wrap(Buffer.alloc(32, 1), keyId)
    const next = newSecretKey('k2')
    await expect(localKeyWrapper(parseSecretKeys(next)).unwrap(wrapped, keyId)).rejects.toEqual(
      code('MR_SIGNING_SEALED_KEY_UNKNOWN'),
    )
    const both = localKeyWrapper(parseSecretKeys(`${next},${keys}`))
    expect(await both.unwrap(wrapped, keyId)).toEqual(Buffer.alloc(32, 1))
    expect(both.masterKeyOf(wrapped)).not.toBe(both.currentMasterKey)
  })
})

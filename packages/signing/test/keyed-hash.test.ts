import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyedHash } from '../src/keyed-hash.ts'

const names = ['sha1', 'sha256', 'sha512'] as const
const bytes = (max: number) => fc.uint8Array({ maxLength: max }).map((each) => Buffer.from(each))

test.each(names)('%s: the HMAC of any key and content is Node’s own', (name) => {
  fc.assert(
    fc.property(bytes(300), fc.array(bytes(200), { maxLength: 5 }), (key, parts) => {
      const own = createHmac(name, key).update(Buffer.concat(parts)).digest()
      expect(keyedHash(name, key)(parts)).toEqual(own)
    }),
  )
})

test.each(names)('%s: content around the size that is hashed in one go, and far beyond it', (name) => {
  const key = Buffer.from('a key')
  const digestOf = keyedHash(name, key)
  for (const size of [65_535, 65_536, 65_536 + 64, 65_536 + 65, 65_536 + 129, 1_000_000]) {
    const content = Buffer.alloc(size, 'content ')
    expect(digestOf([content])).toEqual(createHmac(name, key).update(content).digest())
  }
})

test('a digest stays as it is when the next one is made', () => {
  const digestOf = keyedHash('sha256', Buffer.from('a key'))
  const first = digestOf([Buffer.from('one')])
  const copy = Buffer.from(first)
  digestOf([Buffer.from('two')])
  expect(first).toEqual(copy)
})

test.each([
  // RFC 4231, cases 1, 2 and 6 (a key longer than a block).
  [Buffer.alloc(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    Buffer.from('Jefe'),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    Buffer.alloc(131, 0xaa),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
])('test vectors of RFC 4231', (key, content, digest) => {
  expect(keyedHash('sha256', key)([Buffer.from(content)]).toString('hex')).toBe(digest)
})

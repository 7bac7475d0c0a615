import { timingSafeEqual } from 'node:crypto'
import { beforeEach, expect, test, vi } from 'vitest'
import { frontApp, makeApiKey, newSecret, standardWebhooksHeaders, standardWebhooksV1, verify } from '../src/index.ts'
import { now, signNow, verifyNow } from './support.ts'

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) }
})

const compare = vi.mocked(timingSafeEqual)
const body = Buffer.from('{}')

beforeEach(() => {
  compare.mockClear()
})

function expectComparisons(count: number, bytes: number) {
  expect(compare).toHaveBeenCalledTimes(count)
  for (const [left, right] of compare.mock.calls) expect([left.byteLength, right.byteLength]).toEqual([bytes, bytes])
}

test.each([
  ['the first of three secrets matches', 'a'],
  ['the last of three secrets matches', 'c'],
  ['no secret matches', 'x'],
])('every secret is compared in constant time when %s', (_name, signer) => {
  verifyNow(frontApp, signNow(frontApp, body, signer), body, 'a', 'b', 'c')
  expectComparisons(3, 32)
})

test('every signature of a list is compared with every secret', () => {
  const [one, two] = [newSecret(), newSecret()]
  const headers = standardWebhooksHeaders({ id: 'm', timestampSeconds: now / 1000, body, secrets: [one, two] })
  expect(verifyNow(standardWebhooksV1, headers, body, one, two).ok).toBe(true)
  expectComparisons(4, 32)
})

test('keys of any length are compared as digests of one length', () => {
  verifyNow(makeApiKey, { 'x-make-apikey': 'a much longer key than the right one' }, body, 'right', 'other')
  expectComparisons(2, 32)
})

test.each(['old', 'new', 'guess'])('what a secret out of its time signed costs what any other does: %s', (signer) => {
  const secrets = [
    { id: 'old', secret: 'old', notAfter: now },
    { id: 'new', secret: 'new' },
    { id: 'next', secret: 'next', notBefore: now + 1 },
  ]
  const verdict = verify(frontApp, { headers: signNow(frontApp, body, signer), body }, secrets, now)
  expect(verdict).toMatchObject(signer === 'new' ? { ok: true } : { ok: false, rule: 'signature-mismatch' })
  expectComparisons(1, 32)
})

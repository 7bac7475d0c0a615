import { BlockList } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forbiddenRange } from '../src/address-ranges.ts'
import registry from './fixtures/special-purpose-addresses.json' with { type: 'json' }

const entries = registry.entries.map((entry) => ({ ...entry, ...rangeOf(entry.range) }))
const notReachable = entries.filter((entry) => entry.globally_reachable !== true)

test.each(notReachable)('no address of $range ($name) is delivered to', (entry) => {
  fc.assert(
    fc.property(fc.bigInt({ min: entry.first, max: entry.last }), (bits) => {
      const address = textOf(bits, entry.family)
      // What the registry says of a smaller range within this one holds there; NAT64 is judged by the address it carries.
      expect(forbiddenRange(address)).toBeDefined()
    }),
  )
  for (const bits of [entry.first, entry.last]) expect(forbiddenRange(textOf(bits, entry.family))).toBeDefined()
})

test('every IPv4 address outside the registry and multicast is delivered to', () => {
  const special = new BlockList()
  for (const { range, family } of entries) if (family === 4) special.addSubnet(...partsOf(range), 'ipv4')
  for (const range of ['224.0.0.0/4', '168.63.129.16/32']) special.addSubnet(...partsOf(range), 'ipv4')
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }), (bits) => {
      const address = textOf(bits, 4)
      expect(forbiddenRange(address) === undefined).toBe(!special.check(address, 'ipv4'))
    }),
    { numRuns: 5_000 },
  )
})

test('of IPv6, what is given out for the public Internet and is not in the registry is delivered to, and nothing else', () => {
  const special = new BlockList()
  for (const { range, family } of entries) if (family === 6) special.addSubnet(...partsOf(range), 'ipv6')
  const word = fc.integer({ min: 0, max: 0xffff })
  const first = fc.oneof(word, fc.constantFrom(0x2001, 0x2002, 0x2606, 0x2a00, 0x3fff, 0x64, 0xfe80, 0xfd00))
  fc.assert(
    fc.property(first, fc.array(word, { minLength: 7, maxLength: 7 }), (head, tail) => {
      fc.pre(tail[4] !== 0x5efe)
      const address = [head, ...tail].map((one) => one.toString(16)).join(':')
      const isGivenOut = head >> 13 === 1
      expect(forbiddenRange(address) === undefined).toBe(isGivenOut && !special.check(address, 'ipv6'))
    }),
    { numRuns: 5_000 },
  )
})

test('an IPv4 address is judged alike in every IPv6 form that reaches it', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }), (bits) => {
      const four = textOf(bits, 4)
      expect(forbiddenRange(`64:ff9b::${four}`)).toBe(forbiddenRange(four))
      expect(forbiddenRange(`::ffff:${four}`)).toBeDefined()
    }),
  )
})

test.each(['', 'localhost', '127.1', '0x7f000001', '1.2.3.4/8', '::1%eth0'])('%j is no address to deliver to', (text) =>
  expect(forbiddenRange(text)).toBeDefined(),
)

function partsOf(range: string): [string, number] {
  const [network = '', prefix = ''] = range.split('/')
  return [network, Number(prefix)]
}

function rangeOf(range: string): { family: 4 | 6; first: bigint; last: bigint } {
  const [network, prefix] = partsOf(range)
  const family = network.includes(':') ? 6 : 4
  const size = 1n << BigInt((family === 4 ? 32 : 128) - prefix)
  const first = bitsOf(network, family)
  return { family, first, last: first + size - 1n }
}

function bitsOf(address: string, family: 4 | 6): bigint {
  if (family === 4) return address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n)
  const [head = '', tail = ''] = address.split('::')
  const words = (text: string) => (text === '' ? [] : text.split(':'))
  const middle = Array(8 - words(head).length - words(tail).length).fill('0')
  return [...words(head), ...middle, ...words(tail)].reduce((bits, one) => (bits << 16n) | BigInt(`0x${one}`), 0n)
}

function textOf(bits: bigint, family: 4 | 6): string {
  const [count, width] = family === 4 ? [4, 8n] : [8, 16n]
  const parts = Array.from(
    { length: count },
    (_, index) => (bits >> (BigInt(count - 1 - index) * width)) & ((1n << width) - 1n),
  )
  return family === 4 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':')
}

test('an address is named by the narrowest word that is known of it', () => {
  const named = { '::': 'unspecified', '::1': 'loopback', '::2': 'carries-ipv4', '0.0.0.0': 'this-network' }
  for (const [address, name] of Object.entries(named)) expect(forbiddenRange(address)).toBe(name)
})

import { BlockList, isIP } from 'node:net'

/**
 * Ranges that no delivery may reach, with the word that stands for each in answers: the special-purpose registries of IANA
 * (https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry) where not globally reachable, multicast, retired
 * transition ranges, and addresses of clouds' metadata services. Kept wider than the registries: their few globally reachable exceptions within a
 * range are anycast services that nobody receives webhooks at.
 */
const v4: readonly (readonly [range: string, name: string])[] = [
  ['0.0.0.0/8', 'this-network'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-nat'],
  ['127.0.0.0/8', 'loopback'],
  ['168.63.129.16/32', 'metadata'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol-assignment'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'anycast-service'],
  ['192.52.193.0/24', 'anycast-service'],
  ['192.88.99.0/24', 'transition'],
  ['192.168.0.0/16', 'private'],
  ['192.175.48.0/24', 'anycast-service'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
]

/** Only 2000::/3 is given out for the public Internet, so these are what has to be left out of it; all else is refused as `not-public`. */
const v6: readonly (readonly [range: string, name: string])[] = [
  ['2001::/23', 'protocol-assignment'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', 'transition'],
  ['2620:4f:8000::/48', 'anycast-service'],
  ['3fff::/20', 'documentation'],
]
const v6Known: readonly (readonly [range: string, name: string])[] = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::/8', 'carries-ipv4'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
]

const forbidden4 = v4.map(([range, name]) => ({ list: listOf([range]), name }))
const forbidden6 = [...v6, ...v6Known].map(([range, name]) => ({ list: listOf([range]), name }))
const public6 = listOf(['2000::/3'])
/** Addresses of NAT64 reach the IPv4 address in their last 32 bits (RFC 6052), which therefore decides. */
const nat64 = listOf(['64:ff9b::/96'])

/**
 * Why an address may not be delivered to, in a word; undefined when it may.
 * @param address an IPv4 address in four parts or an IPv6 address, as a resolver gives them; anything else is `not-an-address`
 */
export function forbiddenRange(address: string): string | undefined {
  const family = isIP(address)
  if (family === 4) return forbidden4.find(({ list }) => list.check(address, 'ipv4'))?.name
  if (family !== 6) return 'not-an-address'
  // A zone only makes sense on a link of ours.
  if (address.includes('%')) return 'link-local'
  const words = wordsOf(address)
  if (nat64.check(address, 'ipv6')) return forbiddenRange(lastFour(words))
  const known = forbidden6.find(({ list }) => list.check(address, 'ipv6'))?.name
  if (known !== undefined) return known
  if (!public6.check(address, 'ipv6')) return 'not-public'
  return isIsatap(words) ? 'carries-ipv4' : undefined
}

/**
 * Ranges of an installation's own, in CIDR form or as single addresses.
 * @throws TypeError, RangeError for what is neither
 */
export function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/')
    const type = isIP(network) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(network, type)
    else list.addSubnet(network, /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1, type)
  }
  return list
}

/** Interface ids `0000:5efe` and `0200:5efe` tunnel to the IPv4 address behind them (RFC 5214). */
function isIsatap(words: readonly number[]): boolean {
  return words[5] === 0x5efe && (words[4] === 0 || words[4] === 0x200)
}

function lastFour(words: readonly number[]): string {
  const [high = 0, low = 0] = words.slice(6)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The eight 16-bit words of a valid IPv6 address. */
function wordsOf(address: string): readonly number[] {
  // A URL writes every IPv6 address in one form, without dotted parts but with `::`.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const parse = (text: string) => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)))
  const [first, last] = [parse(head), parse(tail ?? '')]
  return tail === undefined ? first : [...first, ...Array(8 - first.length - last.length).fill(0), ...last]
}

import { BlockList, isIP } from 'node:net'

/**
 * Addresses that are not of the public Internet: the special-purpose registries of IANA (https://www.iana.org/assignments/iana-ipv4-special-registry,
 * iana-ipv6-special-registry) where not globally reachable, multicast, every IPv6 form that carries an IPv4 address, and clouds' metadata.
 */
const v4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
const v6 = [
  '::/8',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]

const blocked = { 4: listOf(v4, 'ipv4'), 6: listOf(v6, 'ipv6') } as const

/** Whether an address may not be delivered to. What is no address at all may not either. */
export function isBlockedAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return blocked[4].check(address, 'ipv4')
  // A zone id only makes sense on a link of ours.
  if (family === 6 && !address.includes('%')) return blocked[6].check(address, 'ipv6')
  return true
}

function listOf(ranges: readonly string[], type: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', prefix = ''] = range.split('/')
    list.addSubnet(network, Number(prefix), type)
  }
  return list
}

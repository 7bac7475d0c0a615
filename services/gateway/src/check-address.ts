import { BlockList, isIP } from 'node:net'
import type { Source } from '@millrace/service-kit'
import { GatewayError } from './errors.ts'

/** Sources keep their identity while they do not change, so each list is made once. */
const lists = new WeakMap<Source, BlockList>()

/**
 * Refuses what does not come from the addresses that a source names.
 * @param address the client's, as the trusted proxies tell it; IPv4 inside IPv6 (`::ffff:192.0.2.1`) counts as the IPv4 address
 * @throws GatewayError `MR_GATEWAY_ADDRESS`
 */
export function checkSourceAddress(source: Source, address: string): void {
  if (source.allowedAddresses === undefined) return
  // A zone (`fe80::1%eth0`) is a matter of this machine.
  const [bare = ''] = address.split('%', 1)
  const version = isIP(bare)
  if (version !== 0 && listOf(source, source.allowedAddresses).check(bare, family(version))) return
  throw new GatewayError('MR_GATEWAY_ADDRESS')
}

function listOf(source: Source, ranges: readonly string[]): BlockList {
  const known = lists.get(source)
  if (known !== undefined) return known
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    if (prefix === undefined) list.addAddress(address, family(isIP(address)))
    else list.addSubnet(address, Number(prefix), family(isIP(address)))
  }
  lists.set(source, list)
  return list
}

function family(version: number): 'ipv4' | 'ipv6' {
  return version === 6 ? 'ipv6' : 'ipv4'
}

import { BlockList, isIPv6 } from 'node:net'

interface IpBlock {
  readonly cidr: string
  readonly except?: readonly string[]
}

interface Rule {
  readonly ports?: readonly { readonly port: number | string }[]
  readonly to?: readonly { readonly ipBlock?: IpBlock }[]
}

/** Where no customer's endpoint may lead: metadata of the clouds, private, shared, local, translated and documentation addresses. */
export const FORBIDDEN: readonly string[] = [
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  'fd00:ec2::254',
  'fe80::a9fe:a9fe',
  '10.0.0.1',
  '10.96.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '127.0.0.1',
  '0.0.0.0',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:169.254.169.254',
  'fc00::1',
  'fd12:3456::1',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  'ff02::1',
]
/** Names of public servers stand for customers: these must stay open. */
export const PUBLIC: readonly string[] = ['1.1.1.1', '8.8.8.8', '151.101.1.69', '172.32.0.1', '2606:4700::1111']

/** Whether egress rules let an address and port through by its address; what pods they select does not count. */
export function letsOut(egress: readonly Rule[], address: string, port: number): boolean {
  return egress.some(({ ports, to }) => {
    const isPort = ports === undefined || ports.some((one) => one.port === port)
    return isPort && (to === undefined || to.some(({ ipBlock }) => ipBlock !== undefined && holds(ipBlock, address)))
  })
}

function holds({ cidr, except = [] }: IpBlock, address: string): boolean {
  return inRange(cidr, address) && !except.some((range) => inRange(range, address))
}

/** An IPv4 address in IPv6's form is looked for in IPv6 ranges, as the packet would be. */
function inRange(range: string, address: string): boolean {
  const [network = '', length = ''] = range.split('/')
  const family = isIPv6(network) ? 'ipv6' : 'ipv4'
  if (isIPv6(address) !== (family === 'ipv6')) return false
  const list = new BlockList()
  list.addSubnet(network, Number(length), family)
  return list.check(address, family)
}

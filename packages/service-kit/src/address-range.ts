import { isIP } from 'node:net'

/** Format for JSON Schema: an IPv4 or IPv6 address, or a CIDR range (RFC 4632, RFC 4291 section 2.3). */
export const addressRange = {
  name: 'address-range',
  validate(text: string): boolean {
    const [address = '', prefix, ...more] = text.split('/')
    const version = isIP(address)
    if (version === 0 || more.length > 0 || address.includes('%')) return false
    return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
  },
} as const

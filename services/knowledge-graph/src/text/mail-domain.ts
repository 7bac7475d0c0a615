import freeMailDomains from 'free-email-domains'
import { parse } from 'tldts'
import { moreMailProviders } from './more-mail-providers.ts'

const freeMail: ReadonlySet<string> = new Set([...freeMailDomains, ...moreMailProviders])

/**
 * The domain that plainly stands for an organisation in a mail address or host name: the registrable part (`sales.acme.co.uk` →
 * `acme.co.uk`, by the Public Suffix List). Null for a provider at which anybody has an address, and for what is no domain under a public
 * suffix.
 */
export function organisationDomain(address: string): string | null {
  const host = address
    .slice(address.lastIndexOf('@') + 1)
    .trim()
    .toLowerCase()
  if (freeMail.has(host)) return null
  const { domain, isIcann, isPrivate } = parse(host, { extractHostname: false, allowPrivateDomains: true })
  return domain === null || !(isIcann || isPrivate) || freeMail.has(domain) ? null : domain
}

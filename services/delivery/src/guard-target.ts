import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { isBlockedAddress } from './blocked-ranges.ts'
import { DeliveryError } from './errors.ts'

export interface GuardOptions {
  readonly allowHttp: boolean
  readonly allowPrivate: boolean
}

/**
 * Reads an endpoint's URL, and refuses what must not be called. An address in the URL is judged here, since connecting to one looks nothing up.
 * @throws DeliveryError `MR_DELIVERY_URL_REFUSED`, `MR_DELIVERY_ADDRESS_REFUSED`
 */
export function readTarget(text: string, { allowHttp, allowPrivate }: GuardOptions): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw new DeliveryError('MR_DELIVERY_URL_REFUSED', 'the URL cannot be read')
  if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:'))
    throw new DeliveryError('MR_DELIVERY_URL_REFUSED', `${url.protocol} is not allowed`)
  if (url.username !== '' || url.password !== '')
    throw new DeliveryError('MR_DELIVERY_URL_REFUSED', 'the URL carries a user name or password')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!allowPrivate && isIP(host) !== 0 && isBlockedAddress(host)) throw refused(host)
  return url
}

type Resolve = (
  host: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * Looks a name up for a connection that is about to be made, and hands over only what was vetted; one bad address among several refuses the name.
 * Judging at this moment, not when the endpoint was saved, is what stops a name that changes its address.
 */
export function guardedLookup(allowPrivate: boolean, resolve: Resolve = systemLookup): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, '')
      const bad = allowPrivate ? undefined : addresses.find(({ address }) => isBlockedAddress(address))
      if (bad !== undefined) return done(refused(host), '')
      const [first] = addresses
      if (options.all === true) done(null, addresses)
      else done(null, first?.address ?? '', first?.family)
    })
  }
}

function refused(host: string): DeliveryError {
  return new DeliveryError('MR_DELIVERY_ADDRESS_REFUSED', `${host} leads to an address that is not public`)
}

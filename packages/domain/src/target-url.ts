import { isIP } from 'node:net'
import { forbiddenRange } from './address-ranges.ts'

/** What an installation lets endpoints be. */
export interface TargetPolicy {
  /** Take `http:` too. */
  readonly allowHttp: boolean
  /** Take private, local and reserved addresses and local names, at any port. Only for a network without customers. */
  readonly allowPrivate: boolean
  /** Ports that may be called. */
  readonly ports: readonly number[]
}

/** Why a URL is refused. */
export const targetRules = {
  'url-malformed': 'It is no absolute URL, or holds white space, control characters or a backslash.',
  'url-too-long': 'It is longer than 2,048 characters.',
  scheme: 'Its scheme is not https.',
  'user-info': 'It carries a user name or password.',
  fragment: 'It has a fragment (#...), which is never sent.',
  port: 'Its port is not one that may be called.',
  'local-name': 'Its name is of a local or reserved kind, such as localhost, *.internal or a name without a dot.',
  'name-malformed': 'Its name is no valid host name.',
  'address-forbidden':
    'It leads to an address that is private, local, reserved or otherwise not of the public Internet.',
  'name-unresolved': 'Its name has no address.',
  'resolver-failed': 'No name server answered, so nothing is known about its name.',
} as const
export type TargetRule = keyof typeof targetRules

export type TargetVerdict =
  | { readonly ok: true; readonly url: URL; readonly host: string; readonly isAddress: boolean }
  | { readonly ok: false; readonly rule: TargetRule; readonly detail: string }

const MAX_URL_LENGTH = 2_048
/** Names that never lead to the public Internet: RFC 6761, RFC 6762, RFC 8375, RFC 9476, and ICANN's `internal`. */
const LOCAL_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa|onion|test|invalid|example|alt)$/
/** RFC 1123 labels; underscores are met in practice and harmless. */
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * Judges an endpoint's URL by its text alone. An address in it is judged here; a name must still be resolved, and every address judged, before each
 * connection. All spellings of an address (octal, hexadecimal, one number, full-width digits, IPv4 in IPv6) are read as a connection would read them.
 */
export function checkTargetUrl(text: string, policy: TargetPolicy): TargetVerdict {
  if (text.length > MAX_URL_LENGTH) return refused('url-too-long', `${text.length} characters`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the URL parser drops them silently, so that what is read is not what was written.
  if (/[\u0000-\u0020\u007f\\]/.test(text) || !URL.canParse(text))
    return refused('url-malformed', 'not an absolute URL')
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(policy.allowHttp && url.protocol === 'http:'))
    return refused('scheme', `${url.protocol.slice(0, 20)} is not taken`)
  if (url.username !== '' || url.password !== '' || /^[a-z]+:\/+[^/?#]*@/i.test(text))
    return refused('user-info', 'name or password')
  if (text.includes('#')) return refused('fragment', 'a fragment')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (policy.allowPrivate) return { ok: true, url, host, isAddress: isIP(host) !== 0 }
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  if (!policy.ports.includes(port)) return refused('port', `port ${port}`)
  return isIP(host) === 0 ? checkName(url, host) : checkAddress(url, host)
}

function checkAddress(url: URL, host: string): TargetVerdict {
  const range = forbiddenRange(host)
  return range === undefined
    ? { ok: true, url, host, isAddress: true }
    : refused('address-forbidden', `${host} is ${range}`)
}

function checkName(url: URL, host: string): TargetVerdict {
  const name = host.replace(/\.$/, '')
  const labels = name.split('.')
  if (name.length > 253 || !labels.every((label) => LABEL.test(label)))
    return refused('name-malformed', 'not a host name')
  if (labels.length < 2 || LOCAL_NAME.test(name)) return refused('local-name', name)
  return { ok: true, url, host, isAddress: false }
}

function refused(rule: TargetRule, detail: string): TargetVerdict {
  return { ok: false, rule, detail }
}

import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'

/** The head of a request that needs none of what HTTP allows beyond the plainest form. */
export interface FastHead {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Where the body begins in the bytes that were read. */
  readonly bodyStart: number
  readonly bodyLength: number
}

/** A request of the fast path: read as a whole, or with its body still to come. */
export interface FastRequest {
  readonly method: 'POST'
  readonly url: string
  readonly httpVersion: '1.1'
  readonly headers: IncomingHttpHeaders
  readonly socket: Socket
  /** Rejects with a GatewayError when the body does not come. */
  readonly body: Buffer | Promise<Buffer>
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')
const MAX_HEAD_BYTES = 8_192
const MAX_HEADERS = 50
/** One space after the colon, visible ASCII, no empty value, nothing folded: what every HTTP library writes (RFC 9112, sections 3 and 5). */
const PLAIN_HEAD =
  /^POST (\/[\x21-\x7e]*) HTTP\/1\.1\r\n(?:[A-Za-z0-9-]+: [\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?\r\n)+$/
const LENGTH = /^\d{1,8}$/
/** Headers that change how a message is framed or what its connection is for. */
const unusual = new Set(['transfer-encoding', 'upgrade', 'expect', 'te', 'trailer', 'proxy-connection', 'set-cookie'])

/**
 * Reads the head of a request, strictly: undefined for whatever is incomplete, ambiguous or out of the ordinary (a repeated header, framing other
 * than one Content-Length, a control or non-ASCII character), which is node:http's to read or to refuse. What is taken here node:http reads alike.
 */
export function readFastHead(bytes: Buffer): FastHead | undefined {
  const end = bytes.indexOf(END_OF_HEAD)
  if (end < 0 || end > MAX_HEAD_BYTES) return undefined
  const head = bytes.toString('latin1', 0, end + 2)
  const url = PLAIN_HEAD.exec(head)?.[1]
  if (url === undefined) return undefined
  const headers = readHeaders(head)
  if (headers === undefined) return undefined
  const { host, connection, 'content-length': length } = headers
  if (host === undefined || length === undefined || !LENGTH.test(length)) return undefined
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return undefined
  return { url, headers, bodyStart: end + END_OF_HEAD.length, bodyLength: Number(length) }
}

/** @param head is known to be in plain form */
function readHeaders(head: string): IncomingHttpHeaders | undefined {
  const headers: IncomingHttpHeaders = {}
  let count = 0
  for (let from = head.indexOf('\r\n') + 2; from < head.length; count++) {
    const colon = head.indexOf(':', from)
    const end = head.indexOf('\r\n', colon)
    const name = lowerCase(head.slice(from, colon))
    // Also what every object has, such as `constructor`.
    if (name in headers || unusual.has(name) || count === MAX_HEADERS) return undefined
    headers[name] = head.slice(colon + 2, end)
    from = end + 2
  }
  return headers
}

/** Names repeat; strangers' texts are not kept beyond a bound. */
const lowered = new Map<string, string>()
const MAX_LOWERED = 500

function lowerCase(name: string): string {
  const known = lowered.get(name)
  if (known !== undefined) return known
  const lower = name.toLowerCase()
  if (lowered.size < MAX_LOWERED && name.length < 64) lowered.set(name, lower)
  return lower
}

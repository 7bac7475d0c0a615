import type { LookupAddress } from 'node:dns'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type ConnectTrace, settled } from './connect-target.ts'

/** Why the proxy gave no connection: `proxy`: the fault is its own, or ours; `target`: it says that the target cannot be reached. */
export class ProxyFailed extends Error {
  override readonly name = 'ProxyFailed'
  readonly fault: 'proxy' | 'target'

  constructor(fault: 'proxy' | 'target', message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

export interface Tunnels {
  /** A connection to the first of these addresses that the proxy reaches. @throws ProxyFailed, the signal's reason */
  open(addresses: readonly LookupAddress[], port: number, trace: ConnectTrace, signal: AbortSignal): Promise<Socket>
}

/** The proxy is near: one that takes longer is away. */
const PROXY_TIMEOUT_MS = 5_000
const MAX_ANSWER_BYTES = 8_192
const MAX_ADDRESSES = 3
/** While the proxy has reached others this recently, 503 and silence are about the target, not about itself. */
const PROXY_WORKS_MS = 30_000
const HEAD_END = '\r\n\r\n'

/**
 * Tunnels through an HTTP proxy (CONNECT, RFC 9110, 9.3.6), also for plain http. The proxy is asked for the address that was vetted, never for a name
 * that it would resolve anew.
 * @param proxyUrl `http://` or `https://`, with user name and password where it wants them (Basic)
 * @param ca certificates (PEM) of authorities to trust instead of Node's
 */
export function createTunnels(proxyUrl: string, ca?: string): Tunnels {
  const proxy = new URL(proxyUrl)
  let reachedAt = Number.NEGATIVE_INFINITY

  const openOne = async (
    { address, family }: LookupAddress,
    port: number,
    trace: ConnectTrace,
    signal: AbortSignal,
  ) => {
    trace.phase = 'proxy'
    const socket = await toProxy(proxy, ca, signal)
    const isWorking = performance.now() - reachedAt < PROXY_WORKS_MS
    // Silence from now on is the target's only where the proxy is known to work.
    if (isWorking) trace.phase = 'connect'
    const status = await ask(socket, proxy, family === 6 ? `[${address}]:${port}` : `${address}:${port}`, signal)
    if (status >= 200 && status < 300) {
      reachedAt = performance.now()
      trace.address = address
      return socket
    }
    socket.destroy()
    const isTargets = status === 502 || status === 504 || (status === 503 && isWorking)
    throw new ProxyFailed(isTargets ? 'target' : 'proxy', `the egress proxy answered ${status}`)
  }

  return {
    async open(addresses, port, trace, signal) {
      let last: unknown = new ProxyFailed('target', 'no address')
      for (const address of addresses.slice(0, MAX_ADDRESSES)) {
        try {
          return await openOne(address, port, trace, signal)
        } catch (error) {
          signal.throwIfAborted()
          if (!(error instanceof ProxyFailed) || error.fault === 'proxy') throw error
          last = error
        }
      }
      throw last
    },
  }
}

async function toProxy(proxy: URL, ca: string | undefined, signal: AbortSignal): Promise<Socket> {
  const host = proxy.hostname.replace(/^\[|\]$/g, '')
  const isTls = proxy.protocol === 'https:'
  const near = AbortSignal.any([signal, AbortSignal.timeout(PROXY_TIMEOUT_MS)])
  try {
    const options = { host, port: Number(proxy.port) || (isTls ? 443 : 80), noDelay: true, keepAlive: true }
    if (!isTls) return await settled(connectTcp(options), 'connect', near)
    const trust = ca === undefined ? {} : { ca }
    const servername = isIP(host) === 0 ? host : ''
    return await settled(connectTls({ ...options, ...trust, servername }), 'secureConnect', near)
  } catch (error) {
    signal.throwIfAborted()
    throw new ProxyFailed('proxy', 'the egress proxy cannot be reached', { cause: error })
  }
}

/** The status of the answer to CONNECT, with nothing of what follows it taken off the socket. */
async function ask(socket: Socket, proxy: URL, target: string, signal: AbortSignal): Promise<number> {
  const lines = [`CONNECT ${target} HTTP/1.1`, `host: ${target}`]
  if (proxy.username !== '') {
    const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
    lines.push(`proxy-authorization: Basic ${Buffer.from(login).toString('base64')}`)
  }
  socket.write(`${lines.join('\r\n')}${HEAD_END}`)
  const head = await readHead(socket, signal)
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1])
  if (Number.isNaN(status)) throw new ProxyFailed('proxy', 'the egress proxy speaks no HTTP')
  return status
}

function readHead(socket: Socket, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0)
    const done = (settle: () => void) => {
      socket.off('data', onData).off('close', onClose).off('error', onError).pause()
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    const fail = (message: string, cause?: unknown) =>
      done(() => {
        socket.on('error', () => {}).destroy()
        reject(new ProxyFailed('proxy', message, { cause }))
      })
    const onError = (error: Error) => fail('the egress proxy broke off', error)
    const onClose = () => fail('the egress proxy closed the connection')
    const onData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf(HEAD_END)
      if (end < 0) {
        if (head.length > MAX_ANSWER_BYTES) fail('the egress proxy answered with too much')
        return
      }
      const rest = head.subarray(end + HEAD_END.length)
      done(() => {
        if (rest.length > 0) socket.unshift(rest)
        resolve(head.toString('latin1', 0, end))
      })
    }
    const onAbort = () =>
      done(() => {
        socket.on('error', () => {}).destroy()
        reject(signal.reason as Error)
      })
    socket.on('data', onData).once('close', onClose).once('error', onError)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

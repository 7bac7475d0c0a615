import type { LookupAddress } from 'node:dns'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { TargetRefused, type TargetResolver } from '@millrace/service-kit'
import type { Tunnels } from './connect-through-proxy.ts'
import type { Phase } from './tried.ts'

export interface ConnectOptions {
  readonly resolver: TargetResolver
  /** The egress proxy; undefined: straight. */
  readonly tunnels: Tunnels | undefined
  /** Certificates (PEM) of authorities to trust instead of Node's. */
  readonly ca: string | undefined
}

/** Told of each step of connecting as it is taken. */
export interface ConnectTrace {
  phase: Phase
  dnsMs: number | null
  connectMs: number | null
  tlsMs: number | null
  address: string | null
}

/** When several addresses are tried, one is given up for the next after this (RFC 8305 has 250 ms, which far receivers do not reach). */
const NEXT_ADDRESS_AFTER_MS = 1_000

/**
 * Connects to the host of a URL: its name is resolved once, every address judged, and the connection goes to one of these addresses, nowhere else;
 * through the egress proxy too. TLS asks for the URL's name and checks the certificate against it.
 * @throws TargetRefused, ProxyFailed, what Node's connections throw, the signal's reason
 */
export async function connectTarget(
  url: URL,
  { resolver, tunnels, ca }: ConnectOptions,
  trace: ConnectTrace,
  signal: AbortSignal,
): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isTls = url.protocol === 'https:'
  const port = Number(url.port) || (isTls ? 443 : 80)
  const began = performance.now()
  trace.phase = 'dns'
  const resolved = isIP(host) === 0 ? await unlessAborted(resolver.resolve(host), signal) : resolver.vet(host)
  trace.dnsMs = isIP(host) === 0 ? performance.now() - began : null
  if (!resolved.ok) throw new TargetRefused(resolved.rule, resolved.detail)

  const connecting = performance.now()
  trace.phase = tunnels === undefined ? 'connect' : 'proxy'
  const socket =
    tunnels === undefined
      ? await connected(host, port, resolved.addresses, signal)
      : await tunnels.open(resolved.addresses, port, trace, signal)
  trace.connectMs = performance.now() - connecting
  trace.address ??= socket.remoteAddress ?? null
  if (!isTls) return socket

  const greeting = performance.now()
  trace.phase = 'tls'
  const secured = await secure(socket, host, ca, signal)
  trace.tlsMs = performance.now() - greeting
  return secured
}

function connected(
  host: string,
  port: number,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connectTcp({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
    lookup: (_, { all }, done) => {
      const [first] = addresses
      if (first === undefined) done(new TargetRefused('name-unresolved', `${host} has no address`), '')
      else if (all === true) done(null, [...addresses])
      else done(null, first.address, first.family)
    },
  })
  return settled(socket, 'connect', signal)
}

function secure(socket: Socket, host: string, ca: string | undefined, signal: AbortSignal): Promise<Socket> {
  // An address is no server name (RFC 6066), but is checked against the certificate all the same.
  const servername = isIP(host) === 0 ? host.replace(/\.$/, '') : ''
  const options = { socket, host, servername, ALPNProtocols: ['http/1.1'], rejectUnauthorized: true }
  return settled(connectTls(ca === undefined ? options : { ...options, ca }), 'secureConnect', signal)
}

/** Resolves with the socket at the event; destroys it, and waits until it is closed, when it fails or the signal aborts. */
export function settled(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const abort = () => socket.destroy(signal.reason as Error)
    let failure: Error | undefined
    const onError = (error: Error) => {
      failure = error
    }
    const onClose = () => {
      signal.removeEventListener('abort', abort)
      reject(failure ?? new ConnectionClosed())
    }
    // What breaks between this event and the next listener is met by the first use; without a listener it would end the process.
    socket.on('error', () => {})
    socket.once('error', onError).once('close', onClose)
    socket.once(event, () => {
      signal.removeEventListener('abort', abort)
      socket.off('error', onError).off('close', onClose)
      resolve(socket)
    })
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason as Error)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The other side closed before the connection was there. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed'
  readonly code = 'ECONNRESET'

  constructor() {
    super('closed before the connection was established')
  }
}

import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'
import type { WebhookRequest } from './exchange.ts'

/**
 * Tells the address a request came from: the connection's, or what `X-Forwarded-For` says of it where the connection is a trusted proxy's.
 * @param trusted addresses or CIDR ranges; none: nobody's header is believed
 */
export function createClientAddress(trusted: readonly string[]): (request: WebhookRequest) => string {
  if (trusted.length === 0) return ({ socket }) => socket.remoteAddress ?? ''
  const isTrusted = proxyAddr.compile([...trusted])
  return (request) => proxyAddr.all(request as IncomingMessage, isTrusted).at(-1) ?? ''
}

/** Tells whether a connection's own address is a trusted proxy's. */
export function createProxyTest(trusted: readonly string[]): (address: string) => boolean {
  if (trusted.length === 0) return () => false
  const isTrusted = proxyAddr.compile([...trusted])
  return (address) => isTrusted(address, 0)
}

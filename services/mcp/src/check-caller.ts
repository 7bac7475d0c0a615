import type { IncomingHttpHeaders } from 'node:http'

export interface CallerRules {
  /** The port that the server listens on. */
  readonly port: number
  readonly allowedHosts: readonly string[]
  readonly allowedOrigins: readonly string[]
}

const loopback = ['127.0.0.1', '[::1]', 'localhost']

/**
 * Why a request is not let in; null when it is. A page in somebody's browser reaches what listens on their machine, by an address of its own name too
 * (DNS rebinding): so the name must be one of ours, and whoever says an origin must be a page that may call.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning
 */
export function refusalOf(
  { host = '', origin }: IncomingHttpHeaders,
  { port, allowedHosts, allowedOrigins }: CallerRules,
): { readonly status: number; readonly detail: string } | null {
  const hosts = [...loopback.map((name) => `${name}:${port}`), ...allowedHosts]
  if (!hosts.includes(host.toLowerCase()))
    return { status: 403, detail: 'The Host header names none of MCP_ALLOWED_HOSTS.' }
  if (origin !== undefined && !allowedOrigins.includes(origin))
    return { status: 403, detail: 'The Origin is none of MCP_ALLOWED_ORIGINS.' }
  return null
}

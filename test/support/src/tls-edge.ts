import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import { selfSigned } from './self-signed.ts'

/** What stands before the gateway where senders reach it: TLS, with a certificate that can come near its end. */
export interface TlsEdge {
  readonly url: string
  /** File with the authorities that whoever calls must trust. */
  readonly caFile: string
  /** Connections go there from now on. */
  leadTo(port: number): void
  /** New connections see the certificate that ends in a few days, or the good one again. */
  expire(isNearItsEnd: boolean): void
  close(): Promise<void>
}

const DAY = 86_400_000

/** On a free port of localhost; what connects before `leadTo` is closed. @param caFile is written */
export async function startTlsEdge(caFile: string): Promise<TlsEdge> {
  // Two of one name are one authority to OpenSSL, and the second is not trusted.
  const good = selfSigned('edge', { notAfter: Date.now() + 90 * DAY })
  const ending = selfSigned('edge near its end', { notAfter: Date.now() + DAY })
  writeFileSync(caFile, `${good.cert}${ending.cert}`)
  let target: number | undefined
  const server = createServer(good, (client) => {
    if (target === undefined) return void client.destroy()
    const upstream = connect({ host: '127.0.0.1', port: target })
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      from.pipe(to)
      from.on('error', () => to.destroy())
    }
  })
  // A client that breaks off in the handshake is no error of ours.
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    caFile,
    leadTo: (port) => {
      target = port
    },
    expire: (isNearItsEnd) => server.setSecureContext(isNearItsEnd ? ending : good),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An OpenTelemetry collector that keeps the bytes of every export. */
export interface TelemetrySink {
  readonly url: string
  /** All exports one after the other; OTLP's texts stand in them as they are. */
  bytes(): Buffer
  close(): Promise<void>
}

export async function startTelemetrySink(): Promise<TelemetrySink> {
  const kept: Buffer[] = []
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => kept.push(chunk))
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => Buffer.concat(kept),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

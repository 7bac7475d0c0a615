import { once } from 'node:events'
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net'
import type { CertificatePair } from '@millrace/test-support'

export interface TestServers {
  /** `http://127.0.0.1:port/hooks?token=1`. */
  http(answer: RequestListener, host?: string): Promise<string>
  /** `https://localhost:port/`. */
  https(certificate: CertificatePair, answer: RequestListener): Promise<string>
  /** A server that is told of each request's first bytes, and does what it likes with the socket. */
  raw(onRequest: (socket: Socket) => void): Promise<string>
  /** One that answers with these bytes and closes. */
  saying(bytes: string | Buffer): Promise<string>
  close(): Promise<void>
}

/** Servers that answer well and badly, on free ports of loopback. */
export function createServers(): TestServers {
  const closers: (() => Promise<void>)[] = []

  const listen = async (server: Server, host = '127.0.0.1'): Promise<number> => {
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    })
    server.listen(0, host)
    await once(server, 'listening')
    closers.push(async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    })
    return (server.address() as AddressInfo).port
  }
  const raw: TestServers['raw'] = async (onRequest) => {
    const port = await listen(
      createTcp({ allowHalfOpen: true }, (socket) => socket.once('data', () => onRequest(socket))),
    )
    return `http://127.0.0.1:${port}/`
  }
  return {
    raw,
    saying: (bytes) => raw((socket) => socket.end(bytes)),
    async http(answer, host) {
      const port = await listen(createHttp({ keepAliveTimeout: 30_000 }, answer), host)
      return `http://${host === undefined ? '127.0.0.1' : `[${host}]`}:${port}/hooks?token=1`
    },
    https: async (certificate, answer) => `https://localhost:${await listen(createHttps(certificate, answer))}/`,
    async close() {
      await Promise.all(closers.splice(0).map((close) => close()))
    },
  }
}

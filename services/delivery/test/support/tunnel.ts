import { connect, type Socket } from 'node:net'

/** What an HTTP proxy does with a CONNECT: opens the tunnel, or says that it cannot. */
export function tunnel(socket: Socket, head: string): void {
  const [, host = '', port] = /^CONNECT (.*):(\d+) HTTP/.exec(head) ?? []
  const out = connect({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) }, () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket.pipe(out).pipe(socket)
  })
  out.on('error', () => void socket.end('HTTP/1.1 502 Bad gateway\r\ncontent-length: 0\r\n\r\n'))
  socket.once('close', () => out.destroy())
}

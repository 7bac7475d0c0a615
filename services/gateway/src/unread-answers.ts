import type { Server, Socket } from 'node:net'

export interface UnreadAnswersOptions {
  /** Milliseconds that answers may wait for their client. */
  readonly patienceMs: number
  /** With TLS, what waits is known of the connection inside. */
  readonly isTls: boolean
  /** Told of each connection that was reset. */
  onReset(rule: 'answers-unread'): void
}

const LOOK_EVERY_MS = 1_000

/**
 * Resets connections whose client sends requests and does not take the answers. Node stops reading from such a connection, so it costs no more
 * memory, but an idle time-out never ends one whose client takes a byte now and then. Beyond what the system buffers for it, answers of a client
 * that reads never wait; so whoever has some waiting at each look, for longer than the patience, does not read.
 */
export function resetUnread(server: Server, { patienceMs, isTls, onReset }: UnreadAnswersOptions): void {
  const open = new Set<Socket>()
  const waitingSince = new Map<Socket, number>()
  server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      waitingSince.delete(socket)
    })
  })

  const look = () => {
    const now = performance.now()
    for (const socket of open) {
      const since = waitingSince.get(socket)
      if (socket.writableLength === 0) {
        if (since !== undefined) waitingSince.delete(socket)
      } else if (since === undefined) waitingSince.set(socket, now)
      else if (now - since >= patienceMs) {
        onReset('answers-unread')
        reset(socket, isTls)
      }
    }
  }
  const timer = setInterval(look, LOOK_EVERY_MS).unref()
  server.once('close', () => clearInterval(timer))
}

/** Closed in order, the system would hold what waits until the client took it. */
function reset(socket: Socket, isTls: boolean): void {
  // TLS knows no reset of its own.
  if (isTls) socket.destroy()
  else socket.resetAndDestroy()
}

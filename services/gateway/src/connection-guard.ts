import type { Server, Socket } from 'node:net'
import { normalizeIP } from '@fastify/rate-limit'

export interface ConnectionBounds {
  /** Connections over all addresses; 0 for no bound. */
  readonly total: number
  /** Connections of one address (IPv6: one /64); 0 for no bound. */
  readonly perAddress: number
  /** A trusted proxy brings the connections of many: only the total counts for it. */
  isProxy(address: string): boolean
  /** Told of each connection that was closed without a word. */
  onClosed(rule: 'connections' | 'connections-per-address' | 'connection-idle'): void
}

/** Bytes of a connection that has just been accepted may not have been read yet, least of all in a flood: for so long it is not silent. */
const GRACE_MS = 250
/** Within that time connections may go over the bound by this factor. */
const OVERSHOOT = 1.5

/** How many of the oldest connections are looked at for one that has never said anything. */
const LOOKED_AT = 64

/**
 * Bounds the connections of a server before anything else is done for them. A connection beyond an address's share is closed at once. At the bound
 * over all, the oldest connection that has not sent a byte makes room for the new one, so that idle connections, however many, keep nobody out.
 * Before any of them had time to speak, connections may go over that bound by half.
 */
export function guardConnections(server: Server, bounds: ConnectionBounds): void {
  /** In order of age, with the time of each. */
  const silent = new Map<Socket, number>()
  const shares = new Map<string, number>()
  let open = 0

  const makeRoom = (graceMs: number): boolean => {
    let looked = 0
    const acceptedBefore = performance.now() - graceMs
    for (const [socket, acceptedAt] of silent) {
      if (acceptedAt > acceptedBefore) break
      silent.delete(socket)
      if (socket.bytesRead === 0 && !socket.destroyed) {
        bounds.onClosed('connection-idle')
        socket.destroy()
        return true
      }
      if (++looked === LOOKED_AT) break
    }
    return false
  }

  const refusal = (share: string | undefined): 'connections' | 'connections-per-address' | undefined => {
    const isShareFull = share !== undefined && bounds.perAddress > 0 && (shares.get(share) ?? 0) >= bounds.perAddress
    if (isShareFull) return 'connections-per-address'
    if (bounds.total === 0 || open < bounds.total || makeRoom(GRACE_MS)) return undefined
    return open < bounds.total * OVERSHOOT || makeRoom(0) ? undefined : 'connections'
  }

  // Before the server's own listener, which would give the connection a parser and timers.
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const share = bounds.isProxy(address) ? undefined : normalizeIP(address)
    const rule = refusal(share)
    if (rule !== undefined) {
      bounds.onClosed(rule)
      socket.destroy()
      return
    }
    open++
    silent.set(socket, performance.now())
    if (share !== undefined) shares.set(share, (shares.get(share) ?? 0) + 1)
    socket.once('close', () => {
      open--
      silent.delete(socket)
      const left = share === undefined ? 0 : (shares.get(share) ?? 1) - 1
      if (share !== undefined && left === 0) shares.delete(share)
      else if (share !== undefined) shares.set(share, left)
    })
  })
}

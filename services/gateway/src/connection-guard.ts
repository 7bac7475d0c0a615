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

/** How many of the oldest connections are looked at for one that has never said anything. */
const LOOKED_AT = 64

/**
 * Bounds the connections of a server before anything else is done for them. A connection beyond an address's share is closed at once. At the bound
 * over all, the oldest connection that has not sent a byte makes room for the new one, so that idle connections, however many, keep nobody out.
 */
export function guardConnections(server: Server, bounds: ConnectionBounds): void {
  const silent = new Set<Socket>()
  const shares = new Map<string, number>()
  let open = 0

  const makeRoom = (): boolean => {
    let looked = 0
    for (const socket of silent) {
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
    return bounds.total > 0 && open >= bounds.total && !makeRoom() ? 'connections' : undefined
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
    silent.add(socket)
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

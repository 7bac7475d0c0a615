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

/** Connections that may go over the bound while they are too new to be judged: as many as wait to be accepted and are taken in one turn. */
const OVER_THE_BOUND = 1_024

/** How many of the oldest connections are looked at for one that has never said anything. */
const LOOKED_AT = 64

/**
 * Bounds the connections of a server before anything else is done for them. A connection beyond an address's share is closed at once. At the bound
 * over all, the oldest connection that has not sent a byte makes room for the new one, so that idle connections, however many, keep nobody out.
 * Connections that had no turn to speak in yet are not judged, and may go over the bound for that long.
 */
export function guardConnections(server: Server, bounds: ConnectionBounds): void {
  /** In order of age; without those that have only just been accepted. */
  const silent = new Set<Socket>()
  const shares = new Map<string, number>()
  let open = 0
  /** Connections that cannot be judged yet. */
  let fresh = 0

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

  /** A flood is accepted in one turn of the event loop, in which nothing is read: whoever spoke at once is heard in the turn after it. */
  const judgeLater = (socket: Socket) => {
    fresh++
    const judge = () => {
      fresh--
      if (socket.bytesRead > 0 || socket.destroyed) return
      silent.add(socket)
      if (bounds.total > 0 && open > bounds.total) makeRoom()
    }
    setImmediate(() => setImmediate(judge))
  }

  const refusal = (share: string | undefined): 'connections' | 'connections-per-address' | undefined => {
    const isShareFull = share !== undefined && bounds.perAddress > 0 && (shares.get(share) ?? 0) >= bounds.perAddress
    if (isShareFull) return 'connections-per-address'
    if (bounds.total === 0 || open < bounds.total || makeRoom()) return undefined
    return fresh > 0 && open < bounds.total + OVER_THE_BOUND ? undefined : 'connections'
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
    judgeLater(socket)
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

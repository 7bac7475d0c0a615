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

/** How many of the oldest connections are looked at for those that have never said anything. */
const LOOKED_AT = 64

/** Silent connections of one address beyond which it does not count how many more there are. */
const COUNTED = 16

/** What one address holds. */
interface Share {
  open: number
  /** Judged, and silent when they were last looked at, in order of age. */
  readonly silent: Set<Socket>
}

/**
 * Bounds the connections of a server before anything else is done for them. A connection beyond an address's share is closed at once. At the bound
 * over all, an old connection that has not sent a byte makes room for the new one, so that idle connections, however many, keep nobody out: of the
 * oldest the first of the address that has most silent ones, since in a flood a sender that is slow with its first bytes is soon among the oldest,
 * while connections at work are what a good sender has many of.
 * Connections that had no turn to speak in yet are not judged, and may go over the bound for that long.
 */
export function guardConnections(server: Server, bounds: ConnectionBounds): void {
  /** With their shares, in order of age; without those that have only just been accepted. */
  const silent = new Map<Socket, Share | undefined>()
  const shares = new Map<string, Share>()
  let open = 0
  /** Connections that cannot be judged yet. */
  let fresh = 0

  const forget = (socket: Socket, share: Share | undefined) => {
    silent.delete(socket)
    share?.silent.delete(socket)
  }

  const silentOf = (share: Share | undefined): number => {
    let count = 0
    for (const socket of share?.silent ?? []) {
      if (socket.bytesRead > 0) forget(socket, share)
      else if (!socket.destroyed && ++count === COUNTED) break
    }
    return count
  }

  /** The one to close; one that is closed already, and counts until the system has said so, is as good. */
  const mostSilent = (): Socket | undefined => {
    let found: Socket | undefined
    let most = -1
    let looked = 0
    for (const [socket, share] of silent) {
      if (socket.destroyed) return socket
      if (socket.bytesRead > 0) {
        forget(socket, share)
        continue
      }
      const count = silentOf(share)
      if (count > most) [found, most] = [socket, count]
      if (++looked === LOOKED_AT) break
    }
    return found
  }

  const makeRoom = (): boolean => {
    const socket = mostSilent()
    if (socket === undefined) return false
    forget(socket, silent.get(socket))
    if (socket.destroyed) return true
    bounds.onClosed('connection-idle')
    socket.destroy()
    return true
  }

  /** A flood is accepted in one turn of the event loop, in which nothing is read: whoever spoke at once is heard in the turn after it. */
  const judgeLater = (socket: Socket, share: Share | undefined) => {
    fresh++
    const judge = () => {
      fresh--
      if (socket.bytesRead > 0 || socket.destroyed) return
      silent.set(socket, share)
      share?.silent.add(socket)
      if (bounds.total > 0 && open > bounds.total) makeRoom()
    }
    setImmediate(() => setImmediate(judge))
  }

  const refusal = (share: Share | undefined): 'connections' | 'connections-per-address' | undefined => {
    const isShareFull = share !== undefined && bounds.perAddress > 0 && share.open >= bounds.perAddress
    if (isShareFull) return 'connections-per-address'
    if (bounds.total === 0 || open < bounds.total || makeRoom()) return undefined
    return fresh > 0 && open < bounds.total + OVER_THE_BOUND ? undefined : 'connections'
  }

  // Before the server's own listener, which would give the connection a parser and timers.
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const name = bounds.isProxy(address) ? undefined : normalizeIP(address)
    const rule = refusal(name === undefined ? undefined : shares.get(name))
    if (rule !== undefined) {
      bounds.onClosed(rule)
      socket.destroy()
      return
    }
    const share = name === undefined ? undefined : (shares.get(name) ?? { open: 0, silent: new Set<Socket>() })
    if (name !== undefined && share !== undefined) {
      shares.set(name, share)
      share.open++
    }
    open++
    judgeLater(socket, share)
    socket.once('close', () => {
      open--
      forget(socket, share)
      if (name !== undefined && share !== undefined && --share.open === 0) shares.delete(name)
    })
  })
}

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
  /** Milliseconds, ever rising. */
  readonly now?: () => number
}

export interface ConnectionGuard {
  /** A whole request came on it: it is none of those that may go from then on. Of TLS the connection inside is told. */
  atWork(socket: Socket): void
}

/** Connections that may go over the bound while they are too new to be judged: as many as wait to be accepted and are taken in one turn. */
const OVER_THE_BOUND = 1_024

/** How many of the oldest connections are looked at for those that may go. */
const LOOKED_AT = 64

/** Connections of one address that may go beyond which it does not count how many more there are. */
const COUNTED = 16

/** A connection whose first request is not whole so long after it was made is slow enough to make room: a TLS handshake and a few round trips take less. */
const SLOW_MS = 1_000

/** As many of one address that began to speak at the same time make room before they are slow: a flood need not be sat out for a second. */
const CROWD = 4

/** Connections that have not asked anything: those without a byte, and those that began to speak. */
type Queue = 'silent' | 'speaking'

/** What one address holds. */
interface Share extends Readonly<Record<Queue, Set<Connection>>> {
  open: number
}

interface Connection {
  readonly socket: Socket
  /** None for a trusted proxy's. */
  readonly share: Share | undefined
  readonly since: number
  hasAsked: boolean
}

/**
 * Bounds the connections of a server before anything else is done for them. A connection beyond an address's share is closed at once. At the bound
 * over all, an old connection that has asked nothing makes room for the new one, so that idle and slow connections, however many, keep nobody out: one
 * that has not sent a byte, else one whose first request is not whole after a second, or of a crowd; of the oldest the first of the address that has
 * most of them, since in a flood a sender that is slow with its first bytes is soon among the oldest, while connections at work are what a good sender has many of.
 * Connections that had no turn to speak in yet are not judged, and may go over the bound for that long.
 */
export function guardConnections(server: Server, bounds: ConnectionBounds): ConnectionGuard {
  const { now = () => performance.now() } = bounds
  /** In order of age; without those that have only just been accepted. */
  const queues: Readonly<Record<Queue, Set<Connection>>> = { silent: new Set(), speaking: new Set() }
  const shares = new Map<string, Share>()
  const byPeer = new Map<string, Connection>()
  const known = new WeakSet<Socket>()
  let open = 0
  /** Connections that cannot be judged yet. */
  let fresh = 0

  const put = (queue: Queue, connection: Connection) => {
    queues[queue].add(connection)
    connection.share?.[queue].add(connection)
  }
  const forget = (connection: Connection) => {
    for (const queue of ['silent', 'speaking'] as const) {
      queues[queue].delete(connection)
      connection.share?.[queue].delete(connection)
    }
  }
  /** Whether it spoke since it was last looked at. */
  const hasMoved = (queue: Queue, connection: Connection): boolean => {
    if (queue === 'speaking' || connection.socket.bytesRead === 0) return false
    forget(connection)
    put('speaking', connection)
    return true
  }

  const countOf = (queue: Queue, share: Share | undefined): number => {
    let count = 0
    for (const connection of share?.[queue] ?? []) {
      if (!hasMoved(queue, connection) && !connection.socket.destroyed && ++count === COUNTED) break
    }
    return count
  }

  /** The one to close; one that is closed already, and counts until the system has said so, is as good. */
  const oldOf = (queue: Queue): Connection | undefined => {
    let found: Connection | undefined
    let most = -1
    let looked = 0
    for (const connection of queues[queue]) {
      if (connection.socket.destroyed) return connection
      if (hasMoved(queue, connection)) continue
      const count = countOf(queue, connection.share)
      const mayGo = queue === 'silent' || count >= CROWD || now() - connection.since >= SLOW_MS
      if (mayGo && count > most) [found, most] = [connection, count]
      if (++looked === LOOKED_AT) break
    }
    return found
  }

  const makeRoom = (): boolean => {
    const connection = oldOf('silent') ?? oldOf('speaking')
    if (connection === undefined) return false
    forget(connection)
    if (connection.socket.destroyed) return true
    bounds.onClosed('connection-idle')
    connection.socket.destroy()
    return true
  }

  /** A flood is accepted in one turn of the event loop, in which nothing is read: whoever spoke at once is heard in the turn after it. */
  const judgeLater = (connection: Connection) => {
    fresh++
    const judge = () => {
      fresh--
      const { socket, hasAsked } = connection
      if (hasAsked || socket.destroyed) return
      put(socket.bytesRead > 0 ? 'speaking' : 'silent', connection)
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
    const share = name === undefined ? undefined : (shares.get(name) ?? newShare())
    if (name !== undefined && share !== undefined) {
      shares.set(name, share)
      share.open++
    }
    open++
    const connection: Connection = { socket, share, since: now(), hasAsked: false }
    const peer = peerOf(socket)
    byPeer.set(peer, connection)
    judgeLater(connection)
    socket.once('close', () => {
      open--
      forget(connection)
      if (byPeer.get(peer) === connection) byPeer.delete(peer)
      if (name !== undefined && share !== undefined && --share.open === 0) shares.delete(name)
    })
  })

  return {
    atWork(socket) {
      if (known.has(socket)) return
      known.add(socket)
      const connection = byPeer.get(peerOf(socket))
      if (connection === undefined) return
      connection.hasAsked = true
      forget(connection)
    },
  }
}

function newShare(): Share {
  return { open: 0, silent: new Set(), speaking: new Set() }
}

/** The same of a connection and of the one inside of its TLS. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

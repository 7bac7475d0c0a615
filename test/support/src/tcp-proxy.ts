import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** `request`: from client to server; `response`: from server to client. */
export type Direction = 'request' | 'response'

/**
 * `pass`: bytes go on. `swallow`: bytes are read and thrown away; a connection that lost bytes stays mute in that direction for good, as passing
 * the rest would break its framing. `hold`: nothing is read and nothing goes on, an end neither, until the mode changes (a black hole).
 */
export type Mode = 'pass' | 'swallow' | 'hold'

/** Looks at bytes on their way; what it returns goes on, null lets nothing go on. */
export type Filter = (chunk: Buffer) => Buffer | null | Promise<Buffer | null>

export interface ProxyConnection {
  readonly id: number
  /** Resets both sides. */
  cut(): void
}

export interface TcpProxyOptions {
  /** Where the real server listens. */
  readonly target: { readonly host: string; readonly port: number }
  /** Port to listen on; 0 (default) takes a free one. A broker that advertises its own address needs one that is known before it starts. */
  readonly port?: number
  /** Called for each new connection; its filters see every byte that passes. */
  readonly open?: (connection: ProxyConnection) => Partial<Record<Direction, Filter>>
}

export interface TcpProxy {
  readonly host: string
  readonly port: number
  /** Sets what happens to one direction of all connections, present and coming. */
  set(direction: Direction, behaviour: { readonly mode?: Mode; readonly delayMs?: number }): void
  /** Both directions pass without delay again. */
  heal(): void
  /** Resets every open connection; new ones are taken. */
  cut(): void
  /** Stops listening and resets every connection, so that clients get "connection refused". */
  down(): Promise<void>
  /** Listens again on the same port. */
  up(): Promise<void>
  connectionCount(): number
  /** Bytes that arrived from that direction's sender so far, whatever became of them. */
  bytes(direction: Direction): number
  close(): Promise<void>
}

interface Lane {
  mode: Mode
  delayMs: number
  bytes: number
  changed: PromiseWithResolvers<void>
}

interface Link extends ProxyConnection {
  readonly client: Socket
  readonly server: Socket
  readonly ended: AbortController
}

const HOST = '127.0.0.1'

/** A TCP proxy that a test makes slow, mute, deaf or dead, each direction by itself. */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const lanes: Record<Direction, Lane> = { request: newLane(), response: newLane() }
  const links = new Set<Link>()
  let count = 0
  const accept = (client: Socket): void => {
    const link = openLink(client, options.target, ++count)
    links.add(link)
    link.ended.signal.addEventListener('abort', () => links.delete(link))
    const filters = options.open?.(link) ?? {}
    pump(link, link.client, link.server, lanes.request, filters.request)
    pump(link, link.server, link.client, lanes.response, filters.response)
  }
  let server = await listen(options.port ?? 0, accept)
  const port = (server.address() as AddressInfo).port
  const cut = (): void => {
    for (const link of links) link.cut()
  }
  const set: TcpProxy['set'] = (direction, behaviour) => {
    const lane = lanes[direction]
    lane.mode = behaviour.mode ?? lane.mode
    lane.delayMs = behaviour.delayMs ?? lane.delayMs
    lane.changed.resolve()
    lane.changed = Promise.withResolvers()
  }
  const down = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    cut()
    await closed
  }
  return {
    host: HOST,
    port,
    set,
    heal: () => {
      set('request', { mode: 'pass', delayMs: 0 })
      set('response', { mode: 'pass', delayMs: 0 })
    },
    cut,
    down,
    up: async () => {
      if (!server.listening) server = await listen(port, accept)
    },
    connectionCount: () => links.size,
    bytes: (direction) => lanes[direction].bytes,
    close: down,
  }
}

function newLane(): Lane {
  return { mode: 'pass', delayMs: 0, bytes: 0, changed: Promise.withResolvers() }
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
  server.listen(port, HOST)
  await once(server, 'listening')
  return server
}

function openLink(client: Socket, target: TcpProxyOptions['target'], id: number): Link {
  const server = connect({ host: target.host, port: target.port, allowHalfOpen: true, noDelay: true })
  const ended = new AbortController()
  const cut = (): void => {
    client.resetAndDestroy()
    server.resetAndDestroy()
    ended.abort()
  }
  return { id, client, server, ended, cut }
}

/** Carries one direction of one connection, chunk by chunk, so that a mode applies to everything that has not gone on yet. */
function pump(link: Link, from: Socket, to: Socket, lane: Lane, filter: Filter = (chunk) => chunk): void {
  let isMute = false
  let tail = Promise.resolve()
  const carry = async (chunk: Buffer): Promise<void> => {
    lane.bytes += chunk.length
    if (lane.delayMs > 0) await sleep(lane.delayMs, undefined, { signal: link.ended.signal })
    await whileHeld(lane, link)
    isMute ||= lane.mode === 'swallow'
    if (isMute) return
    const passed = await filter(chunk)
    if (passed && !to.destroyed && !to.write(passed)) await once(to, 'drain', { signal: link.ended.signal })
  }
  const finish = async (how: 'end' | 'reset'): Promise<void> => {
    await whileHeld(lane, link)
    if (how === 'reset') link.cut()
    else if (!isMute) to.end()
  }
  const queue = (work: () => Promise<void>): void => {
    tail = tail.then(work).catch(() => link.cut())
  }
  from.on('data', (chunk) => {
    from.pause()
    queue(async () => {
      await carry(chunk)
      from.resume()
    })
  })
  from.on('end', () => queue(() => finish('end')))
  from.on('error', () => queue(() => finish('reset')))
  from.on('close', () => {
    if (to.destroyed) link.ended.abort()
  })
}

async function whileHeld(lane: Lane, link: Link): Promise<void> {
  while (lane.mode === 'hold' && !link.ended.signal.aborted) {
    const aborted = once(link.ended.signal, 'abort')
    await Promise.race([lane.changed.promise, aborted])
  }
}

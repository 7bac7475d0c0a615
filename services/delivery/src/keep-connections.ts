import { Client } from 'undici'
import { type ConnectOptions, type ConnectTrace, connectTarget } from './connect-target.ts'

/** One connection to an endpoint; it carries one request at a time. */
export interface Connection {
  readonly client: Client
  /** Told of the steps of connecting while a try has it. */
  trace: ConnectTrace | undefined
  /** What it is connected to; null before it is. */
  address: string | null
  /** Gives it back for the next try. */
  release(): void
  /** Ends it, and whatever runs on it, with this reason. Resolves once its socket is closed. */
  destroy(reason: Error): Promise<void>
}

export interface Connections {
  /** A connection that is free, or a new one that is made by its first request. `owner`: whose it is; never shared among owners. */
  take(owner: string, url: URL): Connection
  /** Connections that wait for a next request. */
  idle(): number
  close(): Promise<void>
}

export interface KeepOptions extends ConnectOptions {
  /** Idle connections that one owner may have, and all together. */
  readonly maxIdlePerOwner?: number
  readonly maxIdle?: number
  /** Milliseconds after which a connection is not used again: its name may lead elsewhere by now, and the new address must be judged. */
  readonly maxAgeMs?: number
}

interface Kept extends Connection {
  readonly key: string
  openedAt: number
}

const MAX_HEADER_BYTES = 16_384
/** Shorter than what servers keep connections for, so that they seldom close one just as it is used. A server that says less is believed. */
const IDLE_MS = 4_000

/** Keep-alive connections, each endpoint's own: bounded by owner and in all, and none older than `maxAgeMs`. */
export function createConnections(options: KeepOptions): Connections {
  const { maxIdlePerOwner = 10, maxIdle = 1_000, maxAgeMs = 60_000 } = options
  const free = new Map<string, Kept[]>()
  const all = new Set<Kept>()
  let idle = 0

  const forget = (kept: Kept): void => {
    all.delete(kept)
    const waiting = free.get(kept.key)
    const place = waiting?.indexOf(kept) ?? -1
    if (waiting === undefined || place < 0) return
    waiting.splice(place, 1)
    idle--
    if (waiting.length === 0) free.delete(kept.key)
  }

  const pop = (key: string): Kept | undefined => {
    const kept = free.get(key)?.at(-1)
    if (kept === undefined) return undefined
    forget(kept)
    all.add(kept)
    return kept
  }

  const openNew = (key: string, url: URL): Kept => {
    const stopping = new AbortController()
    let connecting: Promise<unknown> = Promise.resolve()
    const kept: Kept = {
      key,
      openedAt: performance.now(),
      trace: undefined,
      address: null,
      client: new Client(url.origin, {
        allowH2: false,
        pipelining: 1,
        // One deadline covers all phases.
        headersTimeout: 0,
        bodyTimeout: 0,
        maxHeaderSize: MAX_HEADER_BYTES,
        keepAliveTimeout: IDLE_MS,
        keepAliveMaxTimeout: Math.max(1, maxAgeMs),
        connect: (_, done) => {
          const trace = kept.trace
          if (trace === undefined) return done(new Error('a connection is made for a try only'), null)
          connecting = connectTarget(url, options, trace, stopping.signal).then(
            (socket) => {
              kept.openedAt = performance.now()
              kept.address = trace.address
              done(null, socket)
            },
            (error: Error) => done(error, null),
          )
        },
      }),
      release() {
        kept.trace = undefined
        const waiting = free.get(key) ?? []
        const isOld = performance.now() - kept.openedAt > maxAgeMs
        if (isOld || waiting.length >= maxIdlePerOwner || idle >= maxIdle || !all.has(kept)) {
          void kept.destroy(new Error('not needed any more'))
          return
        }
        waiting.push(kept)
        idle++
        free.set(key, waiting)
      },
      async destroy(reason) {
        forget(kept)
        stopping.abort(reason)
        await Promise.all([kept.client.destroy(reason), connecting])
      },
    }
    // What the server closes, or what has been idle for too long, is not used again; a try that has just got it connects anew.
    kept.client.on('disconnect', () => {
      if (kept.trace === undefined) void kept.destroy(new Error('disconnected'))
    })
    all.add(kept)
    return kept
  }

  return {
    take(owner, url) {
      const key = `${owner} ${url.origin}`
      for (let kept = pop(key); kept !== undefined; kept = pop(key)) {
        if (performance.now() - kept.openedAt <= maxAgeMs) return kept
        void kept.destroy(new Error('too old'))
      }
      return openNew(key, url)
    },
    idle: () => idle,
    async close() {
      await Promise.all([...all].map((kept) => kept.destroy(new Error('the service is stopping'))))
    },
  }
}

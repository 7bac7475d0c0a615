import { connect, type Socket } from 'node:net'
import { addressOf, type RawTarget } from './exchange.ts'
import { type RawAnswer, takeAnswers } from './read-answers.ts'

/** What became of one request: its answer, or why there is none. */
export interface Sent {
  readonly answer: RawAnswer | null
  /** `refused`, `reset`, `timeout`, `closed`; null with an answer. */
  readonly failure: string | null
  readonly ms: number
}

export interface RequestPool {
  /** Whether every connection is busy, and there are as many as there may be. */
  isFull(): boolean
  /** Sends one request (head and body as bytes) on a connection that is free, or on a new one. @throws RangeError when it is full */
  send(request: Buffer): Promise<Sent>
  busy(): number
  open(): number
  /** Connections that were opened so far. */
  opened(): number
  close(): void
}

export interface PoolOptions extends RawTarget {
  readonly maxConnections: number
  /** Default 10 s. */
  readonly timeoutMs?: number
  /** One request in so many goes over a new connection, in place of one that is free. Default: none. */
  readonly freshEvery?: number
}

interface Line {
  readonly socket: Socket
  received: Buffer
  settle: ((answer: RawAnswer | null, failure: string | null) => void) | null
}

/**
 * Keep-alive connections for load: as little work for a request as can be, so that sender and server fit on one machine. A connection that the server
 * marks as its last (`connection: close`) is not used again.
 */
export function createRequestPool(options: PoolOptions): RequestPool {
  const { maxConnections, timeoutMs = 10_000, freshEvery = Number.POSITIVE_INFINITY, ...target } = options
  const free: Line[] = []
  const all = new Set<Line>()
  let sent = 0
  let opened = 0

  const drop = (line: Line, failure: string) => {
    if (!all.delete(line)) return
    const place = free.indexOf(line)
    if (place >= 0) free.splice(place, 1)
    line.socket.destroy()
    line.settle?.(null, failure)
  }

  const openLine = (): Line => {
    const socket = connect(addressOf(target))
    const line: Line = { socket, received: Buffer.alloc(0), settle: null }
    all.add(line)
    opened++
    socket.on('data', (chunk) => {
      line.received = line.received.length === 0 ? chunk : Buffer.concat([line.received, chunk])
      const { answers, rest } = takeAnswers(line.received)
      line.received = rest
      const [answer] = answers
      if (answer === undefined) return
      const { settle } = line
      line.settle = null
      const isLast = answer.headers.connection === 'close'
      if (isLast) drop(line, 'closed')
      else free.push(line)
      settle?.(answer, null)
    })
    socket.on('error', (error: NodeJS.ErrnoException) =>
      drop(line, error.code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    )
    socket.on('close', () => drop(line, 'closed'))
    return line
  }

  const nextLine = (): Line => {
    if (++sent % freshEvery !== 0) return free.pop() ?? openLine()
    const [oldest] = free
    if (oldest !== undefined) drop(oldest, 'closed')
    return openLine()
  }

  const isFull = () => free.length === 0 && all.size >= maxConnections
  return {
    isFull,
    send(request) {
      if (isFull()) throw new RangeError('every connection is busy')
      const line = nextLine()
      const since = performance.now()
      return new Promise((resolve) => {
        const timer = setTimeout(() => drop(line, 'timeout'), timeoutMs)
        line.settle = (answer, failure) => {
          clearTimeout(timer)
          resolve({ answer, failure, ms: performance.now() - since })
        }
        line.socket.write(request)
      })
    },
    busy: () => all.size - free.length,
    open: () => all.size,
    opened: () => opened,
    close() {
      for (const line of [...all]) drop(line, 'closed')
    },
  }
}

/** The bytes of a POST. */
export function postBytes(path: string, body: Buffer, headers: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

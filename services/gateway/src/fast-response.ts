import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { WebhookResponse } from './exchange.ts'

/** What RFC 9110, section 5.5, forbids in a value. */
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/

/** The answer to a request of the fast path: as node:http's, but written at once as a whole. */
export class FastResponse implements WebhookResponse {
  statusCode = 200
  headersSent = false
  /** Everything was handed to the system. */
  writableFinished = false
  /** There is nobody to answer any more. */
  destroyed = false
  /** The connection ends with this answer. */
  isLast = false
  readonly #socket: Socket
  readonly #keepAlive: string
  readonly #onDone: () => void
  #head = ''
  #onClose: (() => void)[] = []

  constructor(socket: Socket, keepAlive: string, onDone: () => void) {
    this.#socket = socket
    this.#keepAlive = keepAlive
    this.#onDone = onDone
  }

  /** @param head names in lower case and values in turn, complete but for `date` and, on a connection that stays, `connection` */
  writeHead(statusCode: number, head: readonly string[]): void {
    let text = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\n`
    for (let place = 0; place < head.length; place += 2) {
      const name = head[place] as string
      const value = head[place + 1] as string
      if (FORBIDDEN.test(value)) throw new TypeError(`the value of header ${name} has a forbidden character`)
      if (name === 'connection' && value === 'close') this.isLast = true
      else text += `${name}: ${value}\r\n`
    }
    this.statusCode = statusCode
    this.headersSent = true
    this.#head = `${text}date: ${dateNow()}\r\n${this.isLast ? 'connection: close\r\n' : this.#keepAlive}\r\n`
  }

  end(body: string | Buffer, encoding: BufferEncoding): void {
    const socket = this.#socket
    if (typeof body === 'string') socket.write(this.#head + body, encoding)
    else {
      socket.cork()
      socket.write(this.#head, 'latin1')
      socket.write(body)
      socket.uncork()
    }
    // Mostly the system has taken it all by now. Else whoever is told by an empty write comes behind it.
    if (socket.writableLength > 0 || socket.errored !== null || socket.destroyed)
      socket.write('', (error) => this.#written(error))
    else this.#written()
  }

  #written(error?: Error | null): void {
    if (!error) this.writableFinished = true
    this.closed()
    this.#onDone()
  }

  once(_event: 'close', listener: () => void): void {
    this.#onClose.push(listener)
  }

  off(_event: 'close', listener: () => void): void {
    this.#onClose = this.#onClose.filter((each) => each !== listener)
  }

  /** The answer was written, or its connection is gone. */
  closed(): void {
    this.destroyed = true
    const listeners = this.#onClose
    this.#onClose = []
    for (const listener of listeners) listener()
  }
}

let date = ''
let dateEnds = 0

/** The time for a `date` header (RFC 9110, section 5.6.7), made once a second. */
function dateNow(): string {
  const now = Date.now()
  if (now >= dateEnds) {
    date = new Date(now).toUTCString()
    dateEnds = now - (now % 1_000) + 1_000
  }
  return date
}

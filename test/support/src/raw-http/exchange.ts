import { connect, type Socket, type TcpNetConnectOpts } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ownTime } from '../own-time.ts'
import { type RawAnswer, takeAnswers } from './read-answers.ts'

export interface RawTarget {
  readonly port: number
  readonly host?: string
  /** Address of this machine that the connection comes from. */
  readonly localAddress?: string
}

/** Bytes to write, or milliseconds to wait before the next ones. */
export type RawPart = string | Buffer | number

export interface RawOutcome {
  readonly answers: readonly RawAnswer[]
  /** Bytes behind the last whole answer. */
  readonly rest: Buffer
  /** Whether the server had ended the connection when the exchange was over. */
  readonly isClosed: boolean
  /** Milliseconds from the connection to its end. */
  readonly ms: number
}

export interface ExchangeOptions {
  /** Over once the connection ends, or once something has come and then nothing for so long. Default 200 ms. */
  readonly quietMs?: number
  /** Over at the latest after this. Default 20 s. */
  readonly deadlineMs?: number
  /** What is taken of the answers: so many bytes at a time, or with 0 nothing at all. Default: all, at once. */
  readonly takes?: { readonly bytes: number; readonly everyMs: number }
}

/** What a socket needs of a target, which may hold more: a `path` would mean a Unix socket to it. */
export function addressOf({ port, host = '127.0.0.1', localAddress }: RawTarget): TcpNetConnectOpts {
  return { port, host, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) }
}

/** Writes bytes on a bare connection, whatever they are, and gives back what comes. */
export async function exchangeRaw(
  target: RawTarget,
  parts: readonly RawPart[],
  { quietMs = 200, deadlineMs = 20_000, takes }: ExchangeOptions = {},
): Promise<RawOutcome> {
  const since = performance.now()
  const socket = takes === undefined ? connect(addressOf(target)) : takeSlowly(target, takes)
  const chunks: Buffer[] = []
  let lastAt = ownTime()
  let isClosed = false
  const closed = Promise.withResolvers<void>()
  if (takes === undefined) {
    socket.on('data', (chunk) => {
      lastAt = ownTime()
      chunks.push(chunk)
    })
  }
  socket.on('error', () => {})
  socket.on('end', () => {
    isClosed = true
    closed.resolve()
  })
  socket.on('close', () => {
    isClosed = true
    closed.resolve()
  })
  await write(socket, parts)
  lastAt = ownTime()
  const isQuiet = () => chunks.length > 0 && ownTime() - lastAt > quietMs
  while (!isClosed && !isQuiet() && performance.now() - since < deadlineMs) {
    await Promise.race([closed.promise, sleep(20)])
  }
  const wasClosed = isClosed
  const ms = performance.now() - since
  socket.destroy()
  return { ...takeAnswers(Buffer.concat(chunks)), isClosed: wasClosed, ms }
}

/** What it takes is gone; the rest stays with the system, as nothing is read ahead. */
export function takeSlowly(target: RawTarget, { bytes, everyMs }: NonNullable<ExchangeOptions['takes']>): Socket {
  // `false` stops reading until the next `resume`.
  const onread = { buffer: Buffer.alloc(Math.max(1, bytes)), callback: () => false }
  const socket = connect({ ...addressOf(target), onread })
  socket.pause()
  const timer = bytes === 0 ? undefined : setInterval(() => socket.resume(), everyMs)
  socket.once('close', () => clearInterval(timer))
  return socket
}

async function write(socket: Socket, parts: readonly RawPart[]): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return
    if (typeof part === 'number') await sleep(part)
    else socket.write(part)
  }
}

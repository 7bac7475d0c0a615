import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
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
  /** Over once the connection ends, or once nothing has come for so long after the last part. Default 400 ms. */
  readonly quietMs?: number
  /** Over at the latest after this. Default 20 s. */
  readonly deadlineMs?: number
}

/** Writes bytes on a bare connection, whatever they are, and gives back what comes. */
export async function exchangeRaw(
  target: RawTarget,
  parts: readonly RawPart[],
  { quietMs = 400, deadlineMs = 20_000 }: ExchangeOptions = {},
): Promise<RawOutcome> {
  const since = performance.now()
  const socket = connect({ host: '127.0.0.1', ...target })
  const chunks: Buffer[] = []
  let lastAt = since
  let isClosed = false
  const closed = Promise.withResolvers<void>()
  socket.on('data', (chunk) => {
    lastAt = performance.now()
    chunks.push(chunk)
  })
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
  lastAt = performance.now()
  while (!isClosed && performance.now() - lastAt < quietMs && performance.now() - since < deadlineMs) {
    await Promise.race([closed.promise, sleep(20)])
  }
  const wasClosed = isClosed
  const ms = performance.now() - since
  socket.destroy()
  return { ...takeAnswers(Buffer.concat(chunks)), isClosed: wasClosed, ms }
}

async function write(socket: Socket, parts: readonly RawPart[]): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return
    if (typeof part === 'number') await sleep(part)
    else socket.write(part)
  }
}

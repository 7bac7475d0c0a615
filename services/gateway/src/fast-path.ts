import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { type ComingBody, createComingBody } from './coming-body.ts'
import { type FastHead, type FastRequest, readFastHead } from './fast-request.ts'
import { FastResponse } from './fast-response.ts'

export interface FastPathOptions {
  /** With TLS, requests are on the connection inside. */
  readonly isTls: boolean
  readonly keepAliveTimeoutMs: number
  /** For a body after its head. */
  readonly requestTimeoutMs: number
  /** Takes the request; answers false, having touched nothing, when it is not for the fast path. */
  take(request: FastRequest, response: FastResponse): boolean
}

export interface FastPath {
  /** Connections that wait for a request end now, the others with their answer. */
  end(): void
  /** All of them, now. */
  destroy(): void
}

/** Larger bodies are node:http's: they come in many pieces, and their cost lies elsewhere. */
const MAX_BODY_BYTES = 65_536
/** Over all connections: bodies that have not come yet as a whole. */
const MAX_BYTES_COMING = 4_000_000
const LOOK_EVERY_MS = 1_000

/**
 * Plain POST requests are read and answered here, without what node:http makes for every request: two streams and a dozen events, which cost more
 * than all that a webhook needs (README, "Where the time goes"). Whatever is not plain goes to node:http with its connection, bytes and all, and
 * stays there, with node:http's bounds; so does a connection that says nothing at first.
 */
export function takeFastPath(server: Server, options: FastPathOptions): FastPath {
  const event = options.isTls ? 'secureConnection' : 'connection'
  const byNode = server.listeners(event).at(-1) as (socket: Socket) => void
  const open = new Set<Connection>()
  const shared = { bytesComing: 0, isClosing: false }

  const look = () => {
    const now = performance.now()
    for (const connection of open) connection.look(now)
  }
  const timer = setInterval(look, LOOK_EVERY_MS).unref()
  server.once('close', () => clearInterval(timer))
  server.off(event, byNode)
  server.on(event, (socket: Socket) => {
    if (socket.destroyed) return
    const connection = createConnection(socket, shared, {
      ...options,
      socketTimeoutMs: server.timeout,
      release: () => open.delete(connection),
      handOver: () => byNode.call(server, socket),
    })
    open.add(connection)
  })
  return {
    end() {
      shared.isClosing = true
      for (const connection of open) connection.endIfIdle()
    },
    destroy() {
      for (const connection of open) connection.destroy()
    },
  }
}

interface Shared {
  bytesComing: number
  isClosing: boolean
}

interface ConnectionParts extends FastPathOptions {
  readonly socketTimeoutMs: number
  release(): void
  handOver(): void
}

interface Connection {
  look(now: number): void
  endIfIdle(): void
  destroy(): void
}

function createConnection(socket: Socket, shared: Shared, parts: ConnectionParts): Connection {
  const { keepAliveTimeoutMs, requestTimeoutMs, socketTimeoutMs, take } = parts
  const keepAlive = `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(keepAliveTimeoutMs / 1_000)}\r\n`
  let inHand: FastResponse | undefined
  let coming: ComingBody | undefined
  let bytesComing = 0
  /** What came while an answer was being made. */
  let early: Buffer | undefined
  let hasServed = false
  /** Since which look nothing began and nothing ended; undefined when something did after the last one. A timer of the socket costs more than all looks. */
  let stillSince: number | undefined = performance.now()

  const expect = (bytes: number) => {
    shared.bytesComing += bytes - bytesComing
    bytesComing = bytes
  }
  const leave = () => {
    expect(0)
    socket.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose)
    parts.release()
  }
  const handOver = (bytes: Buffer) => {
    leave()
    if (bytes.length > 0) socket.unshift(bytes)
    parts.handOver()
  }

  const onData = (chunk: Buffer) => {
    if (coming !== undefined) return addTo(coming, chunk)
    if (inHand !== undefined) return keepForLater(chunk)
    const head = readFastHead(chunk)
    const end = head === undefined ? 0 : head.bodyStart + head.bodyLength
    if (head === undefined || end < chunk.length || head.bodyLength > MAX_BODY_BYTES) return handOver(chunk)
    if (end > chunk.length) return begin(chunk, head)
    serve(chunk, head, chunk.subarray(head.bodyStart))
  }
  const keepForLater = (chunk: Buffer) => {
    early = early === undefined ? chunk : Buffer.concat([early, chunk])
    socket.pause()
  }
  const begin = (chunk: Buffer, head: FastHead) => {
    if (shared.bytesComing + head.bodyLength > MAX_BYTES_COMING) return handOver(chunk)
    expect(head.bodyLength)
    coming = createComingBody(head.bodyLength, chunk.subarray(head.bodyStart))
    serve(chunk, head, coming.body)
  }
  const addTo = (body: ComingBody, chunk: Buffer) => {
    const rest = body.add(chunk)
    if (rest === undefined) return
    coming = undefined
    expect(0)
    if (rest.length > 0) keepForLater(rest)
    // Refused by its head alone.
    if (inHand === undefined) next()
  }
  const serve = (chunk: Buffer, { url, headers }: FastHead, body: FastRequest['body']) => {
    const response = new FastResponse(socket, keepAlive, onDone)
    inHand = response
    hasServed = true
    stillSince = undefined
    if (take({ method: 'POST', url, httpVersion: '1.1', headers, socket, body }, response)) return
    inHand = undefined
    coming = undefined
    handOver(chunk)
  }
  const onDone = () => {
    const isLast = inHand?.isLast === true || shared.isClosing || socket.destroyed
    inHand = undefined
    if (isLast) socket.destroySoon()
    else if (coming === undefined) next()
  }
  const next = () => {
    stillSince = undefined
    if (early === undefined) return
    const bytes = early
    early = undefined
    socket.resume()
    onData(bytes)
  }

  const onEnd = () => {
    if (coming !== undefined) return refuseBody('MR_GATEWAY_BAD_REQUEST')
    if (inHand?.headersSent === true) {
      inHand.isLast = true
      return
    }
    // As node:http has it: who ends his side before the answer has hung up.
    inHand?.closed()
    socket.end()
  }
  const refuseBody = (code: Parameters<ComingBody['fail']>[0]) => {
    if (coming === undefined) return
    if (inHand !== undefined) inHand.isLast = true
    else socket.destroySoon()
    coming.fail(code)
    coming = undefined
    expect(0)
  }
  const onClose = () => {
    coming?.fail('MR_GATEWAY_BAD_REQUEST')
    leave()
    inHand?.closed()
  }
  // What follows is `close`.
  const onError = () => {}

  socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
  return {
    look(now) {
      if (coming !== undefined && now - coming.since > requestTimeoutMs) refuseBody('MR_GATEWAY_SLOW_REQUEST')
      stillSince ??= now
      const stillMs = now - stillSince
      if (inHand !== undefined || coming !== undefined) {
        if (stillMs > socketTimeoutMs) socket.destroy()
      } else if (hasServed && stillMs > keepAliveTimeoutMs) socket.destroySoon()
      else if (!hasServed && stillMs > LOOK_EVERY_MS) handOver(NOTHING)
    },
    endIfIdle() {
      if (inHand === undefined && coming === undefined) socket.destroySoon()
    },
    destroy: () => socket.destroy(),
  }
}

const NOTHING = Buffer.alloc(0)

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests of one connection that are worked on at a time. Senders use one connection for one request after the other. */
export const MAX_IN_HAND = 8

type Call = readonly [IncomingMessage, ServerResponse]

interface Line {
  inHand: number
  readonly waiting: Call[]
  isCalled: boolean
}

/**
 * Takes the requests that one connection sends without waiting for answers (pipelining) a few at a time, and the next ones in a later turn of the
 * event loop. Node hands over all that a read of 64 KB brings in one go: some connections full of requests would keep everybody else waiting.
 */
export function inTurn(listener: RequestListener): RequestListener {
  const lines = new WeakMap<Socket, Line>()

  const take = (socket: Socket, line: Line, request: IncomingMessage, response: ServerResponse) => {
    line.inHand++
    response.once('close', () => {
      line.inHand--
      if (line.waiting.length === 0 || line.isCalled) return
      line.isCalled = true
      setImmediate(callNext, socket, line)
    })
    listener(request, response)
  }
  const callNext = (socket: Socket, line: Line) => {
    line.isCalled = false
    if (socket.destroyed) line.waiting.length = 0
    for (const [request, response] of line.waiting.splice(0, MAX_IN_HAND - line.inHand))
      take(socket, line, request, response)
    if (line.waiting.length === 0) socket.resume()
  }

  const lineOf = (socket: Socket): Line => {
    const known = lines.get(socket)
    if (known !== undefined) return known
    const line: Line = { inHand: 0, waiting: [], isCalled: false }
    lines.set(socket, line)
    // Reading the body of a request in hand resumes the connection, and so does every answer that was taken.
    socket.on('resume', () => {
      if (line.waiting.length > 0) socket.pause()
    })
    return line
  }

  return (request, response) => {
    const { socket } = request
    const line = lineOf(socket)
    if (line.inHand < MAX_IN_HAND && line.waiting.length === 0) return take(socket, line, request, response)
    line.waiting.push([request, response])
    // Nothing more is read before these are done.
    socket.pause()
  }
}

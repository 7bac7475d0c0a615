import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Requests of one connection that are worked on at a time, and that are begun in one turn of the event loop. Senders use one connection for one
 * request after the other.
 */
export const MAX_IN_HAND = 8

type Call = readonly [IncomingMessage, ServerResponse]

interface Line {
  inHand: number
  /** The turn of the event loop that `begun` counts. */
  turn: number
  begun: number
  readonly waiting: Call[]
  isCalled: boolean
}

/**
 * Takes the requests that one connection sends without waiting for answers (pipelining) a few at a time, and the next ones in a later turn of the
 * event loop. Node hands over all that its reads bring in one go, some even answered before the next is parsed: a few connections full of
 * requests would keep everybody else waiting.
 */
export function inTurn(listener: RequestListener): RequestListener {
  const lines = new WeakMap<Socket, Line>()
  let turn = 0
  let isTurnCounted = false

  const nextTurn = () => {
    turn++
    isTurnCounted = false
  }
  const room = (line: Line): number => {
    if (!isTurnCounted) setImmediate(nextTurn)
    isTurnCounted = true
    if (line.turn !== turn) line.begun = 0
    line.turn = turn
    return MAX_IN_HAND - Math.max(line.inHand, line.begun)
  }
  const callLater = (socket: Socket, line: Line) => {
    if (line.isCalled || line.waiting.length === 0) return
    line.isCalled = true
    setImmediate(callNext, socket, line)
  }
  const take = (socket: Socket, line: Line, request: IncomingMessage, response: ServerResponse) => {
    line.inHand++
    line.begun++
    response.once('close', () => {
      line.inHand--
      callLater(socket, line)
    })
    listener(request, response)
  }
  const callNext = (socket: Socket, line: Line) => {
    line.isCalled = false
    if (socket.destroyed) line.waiting.length = 0
    for (const [request, response] of line.waiting.splice(0, Math.max(0, room(line))))
      take(socket, line, request, response)
    if (line.waiting.length === 0) socket.resume()
    else if (line.inHand < MAX_IN_HAND) callLater(socket, line)
  }

  const lineOf = (socket: Socket): Line => {
    const known = lines.get(socket)
    if (known !== undefined) return known
    const line: Line = { inHand: 0, turn, begun: 0, waiting: [], isCalled: false }
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
    if (line.waiting.length === 0 && room(line) > 0) return take(socket, line, request, response)
    line.waiting.push([request, response])
    // Nothing more is read before these are done.
    socket.pause()
    if (line.inHand < MAX_IN_HAND) callLater(socket, line)
  }
}

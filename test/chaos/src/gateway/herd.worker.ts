import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import {
  type AttackTarget,
  addressOf,
  createRequestPool,
  forged,
  postBytes,
  type RawTarget,
  signFront,
  takeSlowly,
} from '@millrace/test-support'

export interface HerdOrder extends AttackTarget {
  /**
   * `idle`: connect and say nothing. `slow`: headers a letter at a time. `forged`, `large`: requests as fast as they are answered. `verified`: signed
   * megabytes, of each client five a second. `deaf`: requests without end, and no answer is taken; `sipping`: or a few bytes of them at a time.
   */
  readonly kind: 'idle' | 'slow' | 'forged' | 'large' | 'verified' | 'deaf' | 'sipping'
  readonly connections: number
  readonly seconds: number
  /** Addresses of this machine that the connections come from, beginning with 127.0.1.1. Default: the target's own. */
  readonly addresses?: number
}

export interface HerdFigures {
  /** Connections that were made, or tried. */
  readonly opened: number
  /** Those that the gateway ended. */
  readonly closed: number
  /** Most that were open at the same time. */
  readonly most: number
  /** Answers by status, and requests that got none by why. */
  readonly answers: Readonly<Record<string, number>>
}

const LARGE = Buffer.alloc(1_048_576, 0x20)
const verified = Buffer.from(
  `{"type":"comment","id":"evt_large","text":"${'The parcel has not come. '.repeat(40_000)}"}`,
)
/** A burst that the accept queue holds. */
const AT_ONCE = 200

const order = workerData as HerdOrder
const answers: Record<string, number> = {}
const count = (what: string) => {
  answers[what] = (answers[what] ?? 0) + 1
}

function fromAddress(place: number): Pick<RawTarget, 'localAddress'> {
  return order.addresses === undefined ? {} : { localAddress: `127.0.1.${1 + (place % order.addresses)}` }
}

type Takes = Parameters<typeof takeSlowly>[1]

function open(target: RawTarget, takes: Takes | undefined): Socket {
  if (takes !== undefined) return takeSlowly(target, takes)
  return connect(addressOf(target)).on('data', (chunk) => count(chunk.toString('latin1', 9, 12)))
}

async function hold(write: (socket: Socket) => void, takes?: Takes): Promise<HerdFigures> {
  const end = performance.now() + order.seconds * 1_000
  const sockets = new Set<Socket>()
  let closed = 0
  let most = 0
  for (let made = 0; made < order.connections; made++) {
    const socket = open({ ...order, ...fromAddress(made) }, takes)
    sockets.add(socket)
    socket.on('error', (error: NodeJS.ErrnoException) => count(error.code ?? 'error'))
    socket.on('close', () => {
      sockets.delete(socket)
      closed++
    })
    socket.once('connect', () => write(socket))
    if (made % AT_ONCE === 0) {
      most = Math.max(most, sockets.size)
      await sleep(10)
    }
  }
  while (performance.now() < end) {
    most = Math.max(most, sockets.size)
    await sleep(100)
  }
  const ended = closed
  for (const socket of sockets) socket.destroy()
  return { opened: order.connections, closed: ended, most, answers }
}

/** Each client asks from an address of its own, as far as there are some. */
async function ask(request: () => Buffer, pauseMs = 0): Promise<HerdFigures> {
  const end = performance.now() + order.seconds * 1_000
  let closed = 0
  const client = async (_: unknown, place: number) => {
    const pool = createRequestPool({ ...order, ...fromAddress(place), maxConnections: 1 })
    while (performance.now() < end) {
      const sent = await pool.send(request())
      count(sent.failure ?? String(sent.answer?.status))
      if (sent.failure === 'closed' || sent.failure === 'reset') closed++
      if (pauseMs > 0) await sleep(pauseMs)
    }
    pool.close()
  }
  await Promise.all(Array.from({ length: order.connections }, client))
  return { opened: order.connections, closed, most: order.connections, answers }
}

/** More requests than the buffers of both systems hold answers. */
function flood(): (socket: Socket) => void {
  const requests = Buffer.concat(Array(20_000).fill(forged(order)))
  return (socket) => void socket.write(requests)
}

function run(): Promise<HerdFigures> {
  switch (order.kind) {
    case 'idle':
      return hold(() => {})
    case 'slow':
      return hold((socket) => {
        socket.write(`POST ${order.path} HTTP/1.1\r\nhost: x\r\nx-slow: `)
        const timer = setInterval(() => socket.write('a'), 200)
        socket.once('close', () => clearInterval(timer))
      })
    case 'deaf':
      return hold(flood(), { bytes: 0, everyMs: 0 })
    case 'sipping':
      return hold(flood(), { bytes: 16, everyMs: 100 })
    case 'forged':
      return ask(() => forged(order))
    case 'verified':
      return ask(() => postBytes(order.path, verified, signFront(verified, 'app', order.secret)), 200)
    case 'large':
      return ask(() => postBytes(order.path, LARGE, { 'x-front-signature': Buffer.alloc(20).toString('base64') }))
  }
}

parentPort?.postMessage(await run())

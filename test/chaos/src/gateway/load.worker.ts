import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import {
  type AttackTarget,
  createRequestPool,
  offerLoad,
  percentile,
  postBytes,
  type Sent,
  signFront,
} from '@millrace/test-support'

export interface LoadOrder extends AttackTarget {
  readonly rate: number
  readonly maxConnections: number
  /** Bytes of a body. Default 2 000. */
  readonly bytes?: number
}

/** What came back in one second; times are milliseconds. */
export interface LoadSecond {
  /** Epoch milliseconds of its end. */
  readonly at: number
  readonly offered: number
  readonly accepted: number
  /** 503 and 429. */
  readonly refused: number
  /** Anything else: other answers, broken connections. By what. */
  readonly failed: Readonly<Record<string, number>>
  /** Not sent, since every connection was waiting. */
  readonly heldBack: number
  /** Of the load at the end of the second. */
  readonly connections: number
  readonly acceptedP50: number
  readonly acceptedP99: number
  readonly refusedP99: number
  readonly slowest: number
}

/** Signing costs the sender as much as the gateway: few requests are signed, and sent many times; dedup is not what is measured. */
const DISTINCT = 500
/** A signature ages. */
const SIGN_AGAIN_MS = 120_000

const order = workerData as LoadOrder
const acknowledged: string[] = []
const stop = new AbortController()
let requests = sign()
let signedAt = Date.now()
let turn = 0
let second = empty()

function sign(): Buffer[] {
  return Array.from({ length: DISTINCT }, () => {
    const id = randomBytes(6).toString('hex')
    const event = { id: `evt_${id}`, type: 'inbound', conversation: { id: `cnv_${id.slice(0, 4)}` } }
    const head = JSON.stringify({ type: 'inbound_received', payload: event })
    const filler = 'x'.repeat(Math.max(0, (order.bytes ?? 2_000) - head.length - 12))
    const body = Buffer.from(head.replace('"payload"', `"filler":"${filler}","payload"`))
    return postBytes(order.path, body, signFront(body, 'app', order.secret))
  })
}

function empty() {
  return {
    offered: 0,
    accepted: [] as number[],
    refused: [] as number[],
    failed: {} as Record<string, number>,
    heldBack: 0,
  }
}

function note({ answer, failure, ms }: Sent): void {
  if (answer?.status === 200) {
    second.accepted.push(ms)
    acknowledged.push(answer.headers['x-webhook-id'] ?? '')
  } else if (answer?.status === 503 || answer?.status === 429) second.refused.push(ms)
  else {
    const what = failure ?? String(answer?.status)
    second.failed[what] = (second.failed[what] ?? 0) + 1
  }
}

function tell(): void {
  const { offered, accepted, refused, failed, heldBack } = second
  second = empty()
  parentPort?.postMessage({
    at: Date.now(),
    offered,
    accepted: accepted.length,
    refused: refused.length,
    failed,
    heldBack,
    connections: pool.open(),
    acceptedP50: percentile(accepted, 50),
    acceptedP99: percentile(accepted, 99),
    refusedP99: percentile(refused, 99),
    slowest: Math.max(0, ...accepted, ...refused),
  } satisfies LoadSecond)
}

const pool = createRequestPool(order)
let rateChanged = new AbortController()
let { rate } = order
parentPort?.on('message', (message: number | 'stop') => {
  if (message === 'stop') stop.abort()
  else {
    rate = message
    rateChanged.abort()
  }
})
const ticker = setInterval(tell, 1_000)
const running: Promise<void>[] = []
while (!stop.signal.aborted) {
  rateChanged = new AbortController()
  const signal = AbortSignal.any([stop.signal, rateChanged.signal])
  const changed = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  running.push(
    offerLoad({
      pool,
      rate,
      signal,
      request: () => {
        second.offered++
        if (Date.now() - signedAt > SIGN_AGAIN_MS) {
          requests = sign()
          signedAt = Date.now()
        }
        return requests[turn++ % DISTINCT] as Buffer
      },
      onSent: note,
      onHeldBack: () => {
        second.heldBack++
      },
    }),
  )
  await changed
}
await Promise.all(running)
clearInterval(ticker)
tell()
pool.close()
parentPort?.postMessage(acknowledged)

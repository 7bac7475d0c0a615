import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { signFront } from '../sign-samples.ts'
import type { RawTarget } from './exchange.ts'
import { offerLoad } from './offer-load.ts'
import { createRequestPool, postBytes } from './pool.ts'

export interface SteadyOrder extends RawTarget {
  readonly path: string
  /** Of application webhooks. */
  readonly secret: string
  /** Requests a second. */
  readonly rate: number
  /** Bytes of a body. Default 2 000. */
  readonly bytes?: number
  /** Default 32; what is due while all are busy waits for one. */
  readonly maxConnections?: number
  /** One request in so many goes over a new connection, as after a pause of the sender. Default: none. */
  readonly freshEvery?: number
}

export interface SteadyFigures {
  /** Milliseconds of each 2xx, in the order in which they came; with the wait for a connection where all were busy. */
  readonly latencies: readonly number[]
  /** How often each other outcome came, by status or kind of failure. */
  readonly failures: Readonly<Record<string, number>>
  /** Webhook ids of the 2xx. */
  readonly acknowledged: readonly string[]
  /** Connections that it opened. */
  readonly opened: number
}

/** A small Front application webhook with ids of its own, as large as wanted. */
function bodyOf(bytes: number): Buffer {
  const id = randomBytes(6).toString('hex')
  const text = JSON.stringify({
    type: 'inbound_received',
    payload: { id: `evt_${id}`, type: 'inbound', conversation: { id: `cnv_${id.slice(0, 3)}` }, text: '' },
  })
  return Buffer.from(text.replace('"text":""', `"text":"${'x'.repeat(Math.max(0, bytes - text.length))}"`))
}

async function run(order: SteadyOrder): Promise<void> {
  const { path, secret, rate, bytes = 2_000, maxConnections = 32, ...target } = order
  const stop = new AbortController()
  const latencies: number[] = []
  const failures: Record<string, number> = {}
  const acknowledged: string[] = []
  const fail = (how: string) => {
    failures[how] = (failures[how] ?? 0) + 1
  }
  parentPort?.once('message', () => stop.abort())
  const pool = createRequestPool({ ...target, maxConnections })
  await offerLoad({
    pool,
    rate,
    signal: stop.signal,
    request: () => {
      const body = bodyOf(bytes)
      return postBytes(path, body, signFront(body, 'app', secret))
    },
    onSent: ({ answer, failure, ms }) => {
      if (answer?.status !== 200) return fail(failure ?? String(answer?.status))
      latencies.push(ms)
      acknowledged.push(String(JSON.parse(answer.body).webhook_id))
    },
  })
  pool.close()
  parentPort?.postMessage({ latencies, failures, acknowledged, opened: pool.opened() } satisfies SteadyFigures)
}

if (parentPort !== null) await run(workerData as SteadyOrder)

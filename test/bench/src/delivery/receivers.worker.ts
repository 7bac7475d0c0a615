import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'

/** What the bench tells the receivers. */
export interface ReceiverOrder {
  /** Endpoints that answer nothing from now on, until the next order; those that wait are answered then. */
  readonly hanging: readonly string[]
}

/** First arrivals since the last message: `webhook-id` and epoch milliseconds. */
export type Arrivals = readonly (readonly [id: string, at: number])[]

const TOLD_EVERY_MS = 50

/** All customers' endpoints, by path, in a thread of their own: what they cost must not count as the sender's time. */
async function run(): Promise<void> {
  let hanging = new Set<string>()
  let arrived: [string, number][] = []
  const held = new Set<ServerResponse>()
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    arrived.push([String(request.headers['webhook-id']), Date.now()])
    request.resume()
    if (!hanging.has(request.url ?? '')) {
      response.end()
      return
    }
    held.add(response)
    response.once('close', () => held.delete(response))
  })
  parentPort?.on('message', (order: ReceiverOrder) => {
    hanging = new Set(order.hanging)
    for (const response of held) response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  parentPort?.postMessage((server.address() as AddressInfo).port)
  setInterval(() => {
    if (arrived.length === 0) return
    parentPort?.postMessage(arrived satisfies Arrivals)
    arrived = []
  }, TOLD_EVERY_MS)
}

await run()

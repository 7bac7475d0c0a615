import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Arrivals, ReceiverOrder } from './receivers.worker.ts'

export interface Receivers {
  urlOf(endpoint: number): string
  /** Lets these hang from now on, and all others answer. */
  hang(endpoints: readonly number[]): void
  /** First arrivals by `webhook-id`, epoch milliseconds. */
  readonly arrivals: Map<string, number>
  stop(): Promise<void>
}

/** Starts the customers' endpoints in a thread of their own. */
export async function startReceivers(): Promise<Receivers> {
  const worker = new Worker(new URL('./receivers.worker.ts', import.meta.url))
  const [port] = (await once(worker, 'message')) as [number]
  const arrivals = new Map<string, number>()
  worker.on('message', (arrived: Arrivals) => {
    for (const [id, at] of arrived) if (!arrivals.has(id)) arrivals.set(id, at)
  })
  const pathOf = (endpoint: number) => `/e/${endpoint}`
  return {
    urlOf: (endpoint) => `http://127.0.0.1:${port}${pathOf(endpoint)}`,
    hang: (endpoints) => worker.postMessage({ hanging: endpoints.map(pathOf) } satisfies ReceiverOrder),
    arrivals,
    async stop() {
      await worker.terminate()
    },
  }
}

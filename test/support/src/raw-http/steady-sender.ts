import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { SteadyFigures, SteadyOrder } from './steady-sender.worker.ts'

export type { SteadyFigures, SteadyOrder } from './steady-sender.worker.ts'

export interface SteadySender {
  /** Ends the load and gives back what became of it. */
  stop(): Promise<SteadyFigures>
}

/**
 * A sender that behaves: signed Front webhooks at a steady rate over kept connections, in a thread of its own, so that what else goes on in this
 * process does not count as the gateway's time.
 */
export function startSteadySender(order: SteadyOrder): SteadySender {
  const worker = new Worker(new URL('./steady-sender.worker.ts', import.meta.url), { workerData: order })
  const figures = once(worker, 'message').then(([found]) => found as SteadyFigures)
  figures.catch(() => {})
  let stopped: Promise<SteadyFigures> | undefined
  const stop = async () => {
    worker.postMessage('stop')
    const found = await figures
    await worker.terminate()
    return found
  }
  return {
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

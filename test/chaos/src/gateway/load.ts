import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { LoadOrder, LoadSecond } from './load.worker.ts'

export type { LoadSecond } from './load.worker.ts'

export interface Load {
  readonly seconds: readonly LoadSecond[]
  /** From the next tick on, so many requests a second. */
  setRate(rate: number): void
  /** Ends the load; webhook ids of every 2xx. */
  stop(): Promise<readonly string[]>
}

/** Load by the clock from a thread of its own, told second by second. */
export function startLoad(order: LoadOrder, onSecond: (second: LoadSecond) => void = () => {}): Load {
  const worker = new Worker(new URL('./load.worker.ts', import.meta.url), { workerData: order })
  const seconds: LoadSecond[] = []
  const done = Promise.withResolvers<readonly string[]>()
  worker.on('message', (message: LoadSecond | readonly string[]) => {
    if (Array.isArray(message)) return done.resolve(message)
    seconds.push(message as LoadSecond)
    onSecond(message as LoadSecond)
  })
  worker.on('error', done.reject)
  return {
    seconds,
    setRate: (rate) => worker.postMessage(rate),
    async stop() {
      worker.postMessage('stop')
      const ids = await done.promise
      const ended = once(worker, 'exit')
      await worker.terminate()
      await ended.catch(() => {})
      return ids
    },
  }
}

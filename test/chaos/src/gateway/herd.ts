import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { HerdFigures, HerdOrder } from './herd.worker.ts'

export type { HerdFigures, HerdOrder } from './herd.worker.ts'

/** Many bad clients at once, in a thread of their own; resolves when their time is over. */
export async function runHerd(order: HerdOrder): Promise<HerdFigures> {
  const worker = new Worker(new URL('./herd.worker.ts', import.meta.url), { workerData: order })
  const [figures] = await once(worker, 'message')
  await worker.terminate()
  return figures as HerdFigures
}

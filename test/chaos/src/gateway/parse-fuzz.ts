import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ParseFuzzFigures, ParseFuzzOrder } from './parse-fuzz.worker.ts'

/** Reads generated inputs in a thread of its own, beside what this process sends; tells now and then how far it is. */
export async function runParseFuzz(
  order: ParseFuzzOrder,
  onProgress: (text: string) => void,
): Promise<ParseFuzzFigures> {
  const worker = new Worker(new URL('./parse-fuzz.worker.ts', import.meta.url), { workerData: order })
  const figures = Promise.withResolvers<ParseFuzzFigures>()
  worker.on('message', (message: string | ParseFuzzFigures) => {
    if (typeof message === 'string') onProgress(message)
    else figures.resolve(message)
  })
  worker.on('error', figures.reject)
  try {
    return await figures.promise
  } finally {
    const ended = once(worker, 'exit').catch(() => {})
    await worker.terminate()
    await ended
  }
}

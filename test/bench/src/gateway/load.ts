import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** What one run of the load tool does. */
export interface Load {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  /** Requests a second, whatever the answers do; undefined: each connection sends its next request when it has its answer. */
  readonly rate?: number
  /** Bytes of a body. */
  readonly size: number
  readonly secret: string
}

export interface LoadResult {
  /** Milliseconds from the time at which a request was to be sent (at a rate) or was sent (else) to the end of its 2xx answer. */
  readonly latencies: Float64Array
  /** At a rate, how late the load tool itself was, in milliseconds: part of the latency. */
  readonly lateness: Float64Array
  /** `x-webhook-id` of every 2xx that has one. */
  readonly ids: readonly string[]
  /** Answers that are no 2xx, by status; broken connections are status 0. */
  readonly failures: Readonly<Record<number, number>>
  /** From the first request to the last answer. */
  readonly seconds: number
  /** Share of its time that the load tool was busy: near 1 it, not the server, was the limit. */
  readonly busy: number
}

export interface LoadTool {
  run(load: Load): Promise<LoadResult>
  close(): Promise<void>
}

/** The load tool, on a thread of its own. One run at a time. */
export function startLoadTool(): LoadTool {
  const worker = new Worker(new URL('./load.main.ts', import.meta.url))
  return {
    async run(load) {
      worker.postMessage(load)
      const [result] = (await once(worker, 'message')) as [LoadResult]
      return result
    },
    async close() {
      await worker.terminate()
    },
  }
}

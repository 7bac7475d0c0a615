import { Worker } from 'node:worker_threads'
import { ServiceKitError, type ServiceKitErrorCode } from './errors.ts'
import type { Sources } from './sources.ts'
import type { SourcesReading } from './watch-sources.ts'

export interface ReadingOrder {
  readonly path: string
  /** Environment variables that the process was started with. */
  readonly variables: NodeJS.ProcessEnv
}

export type ReadingAnswer = { readonly files: ReadonlySet<string> } & (
  | { readonly sources: Sources }
  | {
      readonly error: {
        readonly code: ServiceKitErrorCode
        readonly message: string
        readonly problems: readonly string[] | undefined
      }
    }
)

/** Far more than a file of the largest size takes on a slow machine. */
const DEADLINE_MS = 30_000
const MAX_HEAP_MB = 256

/**
 * Reads the sources file in a thread of its own: a file of a thousand sources takes half a second, in which the event loop would answer nobody.
 * What goes wrong, the thread itself included, is given, not thrown.
 */
export async function readInThread(order: ReadingOrder): Promise<SourcesReading> {
  const worker = new Worker(workerUrl(), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  })
  worker.unref()
  try {
    return readingOf(await answerOf(worker))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `${order.path} cannot be read: ${reason}`
    return { files: new Set([order.path]), result: new ServiceKitError('MR_SOURCES_UNREADABLE', message) }
  } finally {
    await worker.terminate()
  }
}

/** An image holds the bundled thread beside the bundled service. */
function workerUrl(): URL {
  const isBundled = !import.meta.url.endsWith('.ts')
  return isBundled
    ? new URL('./read-sources.worker.js', import.meta.url)
    : new URL('./read-sources.worker.ts', import.meta.url)
}

function answerOf(worker: Worker): Promise<ReadingAnswer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it took longer than ${DEADLINE_MS} ms`)), DEADLINE_MS).unref()
    worker.once('message', (answer: ReadingAnswer) => resolve(answer))
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the reading thread ended with ${code}`)))
    worker.once('exit', () => clearTimeout(timer))
  })
}

function readingOf(answer: ReadingAnswer): SourcesReading {
  if ('sources' in answer) return { files: answer.files, result: answer.sources }
  const { code, message, problems } = answer.error
  const options = problems === undefined ? {} : { problems }
  return { files: answer.files, result: new ServiceKitError(code, message, options) }
}

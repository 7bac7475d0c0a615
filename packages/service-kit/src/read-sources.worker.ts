import { parentPort, workerData } from 'node:worker_threads'
import { readEnvironment } from './environment.ts'
import type { ReadingAnswer, ReadingOrder } from './read-in-thread.ts'
import { readSourcesFile } from './sources-file.ts'

const { path, variables } = workerData as ReadingOrder
const { files, result } = await readSourcesFile(path, () => readEnvironment(variables))
// An error's class does not survive the way to another thread.
const answer: ReadingAnswer =
  result instanceof Error
    ? { files, error: { code: result.code, message: result.message, problems: result.problems } }
    : { files, sources: result }
parentPort?.postMessage(answer)

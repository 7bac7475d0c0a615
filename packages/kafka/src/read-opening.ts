import type { VerbContext } from './consume.ts'
import { createReachKeys } from './reach-keys.ts'
import type { RawRecord, ReadBatch } from './types.ts'

/** Gets the keys of records that were read, and takes out those of whom was erased, as if retention had. */
export interface Opening {
  batches(source: AsyncGenerator<ReadBatch>): AsyncGenerator<ReadBatch>
  /** Has the record's key at hand again; false where there is none any more, or `signal` aborted meanwhile. */
  isReadable(record: RawRecord): Promise<boolean> | boolean
}

/** While keys cannot be reached it waits for them, until `signal` aborts. */
export function createOpening({ mapper, log }: Pick<VerbContext, 'mapper' | 'log'>, signal?: AbortSignal): Opening {
  const reached = createReachKeys(log, {})
  return {
    async *batches(source) {
      for await (const batch of source) {
        const { records } = batch
        if (!(await reached(() => mapper.prepareRead(records), signal))) return
        const isWhole = !records.some(mapper.isErased)
        yield isWhole ? batch : { ...batch, records: records.filter((record) => !mapper.isErased(record)) }
      }
    },
    isReadable(record) {
      const isReached = reached(() => mapper.prepareRead([record]), signal)
      return isReached === true ? !mapper.isErased(record) : isReached.then((isSo) => isSo && !mapper.isErased(record))
    },
  }
}

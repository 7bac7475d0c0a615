import { statSync } from 'node:fs'
import type { Meter } from '@opentelemetry/api'
import { readEnvironment } from './environment.ts'
import type { WritableSources } from './hold-sources.ts'
import type { Log } from './log.ts'
import { readInThread } from './read-in-thread.ts'
import { secretsOfSources } from './secrets-in.ts'
import { readSourcesFile } from './sources-file.ts'
import { type SourcesWatcher, watchSources } from './watch-sources.ts'

export interface KeepOptions {
  readonly path: string
  /** Environment variables that the process was started with; the `.env` file is read again with each change. */
  readonly variables: NodeJS.ProcessEnv
  readonly holder: WritableSources
  readonly log: Log
  readonly meter: Meter
}

/** Some 100 sources: below it a file is read faster than a thread starts, and stops the event loop for some 10 ms at most. */
const LARGE_BYTES = 16_384

function isLarge(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGE_BYTES
}

/** Keeps a process's sources as their file is, also at SIGHUP. New secrets are kept out of the log before anything uses them. */
export function keepSources({ path, variables, holder, log, meter }: KeepOptions): SourcesWatcher {
  const watcher = watchSources({
    path,
    files: [path],
    async read() {
      const reading = isLarge(path)
        ? await readInThread({ path, variables })
        : await readSourcesFile(path, () => readEnvironment(variables))
      // With the former ones, which requests in hand still use.
      const lists = reading.result instanceof Error ? [] : [holder.current(), reading.result]
      if (lists.length > 0) log.hide(lists.flatMap(secretsOfSources))
      return reading
    },
    holder,
    log: log.logger,
    meter,
  })
  const reload = () => void watcher.reload()
  process.on('SIGHUP', reload)
  return {
    reload: watcher.reload,
    close() {
      process.off('SIGHUP', reload)
      watcher.close()
    },
  }
}

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import { root } from './paths.ts'
import { spawnGuarded } from './watchdog.ts'

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Ends it by SIGTERM. */
  readonly signal?: AbortSignal
  /** Gets its output, begun anew; default is our own stdout and stderr. */
  readonly logFile?: string
}

/** Runs a Node program to its end; gives its exit code, 128 + number when a signal ended it. */
export function runChild(args: readonly string[], options: RunOptions = {}): Promise<number> {
  const log = options.logFile === undefined ? undefined : openLog(options.logFile)
  return new Promise<number>((resolve, reject) => {
    const output = log ?? 'inherit'
    const child = spawnGuarded(process.execPath, args, {
      cwd: root,
      env: options.env ?? process.env,
      stdio: [log === undefined ? 'inherit' : 'ignore', output, output],
    })
    options.signal?.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  }).finally(() => log === undefined || closeSync(log))
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true })
  return openSync(file, 'w')
}

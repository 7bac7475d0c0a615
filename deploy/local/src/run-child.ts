import { constants } from 'node:os'
import { root } from './paths.ts'
import { spawnGuarded } from './watchdog.ts'

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
}

/** Runs a program with our stdout and stderr to its end; gives its exit code, 128 + number when a signal ended it. */
export function runChild(args: readonly string[], options: RunOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawnGuarded(process.execPath, args, { cwd: root, env: options.env ?? process.env, stdio: 'inherit' })
    options.signal?.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}

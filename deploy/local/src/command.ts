import { LocalError } from './errors.ts'

/**
 * Runs a command of the root package.json: its result is the exit code, a LocalError is one clear message, anything else
 * is a bug and shown with its stack.
 */
export async function runCommand(body: (args: readonly string[]) => Promise<number>): Promise<never> {
  try {
    process.exit(await body(process.argv.slice(2)))
  } catch (error) {
    console.error(error instanceof LocalError ? error.message : error)
    process.exit(1)
  }
}

/**
 * Calls `end` at the first signal and `force` at the next one. npm repeats what the terminal has sent already, so that
 * what comes within a second counts as the same.
 */
export function onInterrupt(end: (signal: NodeJS.Signals) => void, force: () => void): void {
  let first = 0
  const listen = (signal: NodeJS.Signals): void => {
    if (first === 0) {
      first = Date.now()
      end(signal)
    } else if (Date.now() - first > 1_000) force()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, listen)
}

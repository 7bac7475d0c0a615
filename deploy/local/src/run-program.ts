import { join } from 'node:path'
import { onInterrupt, runCommand } from './command.ts'
import { root } from './paths.ts'
import { runChild } from './run-child.ts'

export interface RunProgramOptions {
  /** It starts servers of its own, and must not meet those that a person runs by npm start or names in .env. */
  readonly isAlone?: boolean
}

/** Runs a program of the checkout as a command: its arguments and exit code are the command's. */
export async function runProgram(script: string, options: RunProgramOptions = {}): Promise<never> {
  return runCommand((args) => runToItsEnd(script, args, options))
}

/** Runs a program of the checkout; the first interrupt lets it clean up. @returns its exit code */
export function runToItsEnd(
  script: string,
  args: readonly string[],
  { isAlone = false }: RunProgramOptions = {},
): Promise<number> {
  const interrupt = new AbortController()
  onInterrupt(
    () => interrupt.abort(),
    () => process.exit(130),
  )
  const { KAFKA_BROKERS: _brokers, REDIS_URL: _redis, ...others } = process.env
  const env = isAlone ? { ...others, MILLRACE_ENV_FILE: '' } : process.env
  return runChild([join(root, script), ...args], { env, signal: interrupt.signal })
}

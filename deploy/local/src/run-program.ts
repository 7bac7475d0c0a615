import { join } from 'node:path'
import { onInterrupt, runCommand } from './command.ts'
import { root } from './paths.ts'
import { runChild } from './run-child.ts'

/** Runs a program of the checkout as a command: its arguments and exit code are the command's. The first interrupt lets it clean up. */
export async function runProgram(script: string): Promise<never> {
  return runCommand(async (args) => {
    const interrupt = new AbortController()
    onInterrupt(
      () => interrupt.abort(),
      () => process.exit(130),
    )
    return runChild([join(root, script), ...args], { signal: interrupt.signal })
  })
}

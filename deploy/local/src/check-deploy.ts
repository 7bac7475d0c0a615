import { join } from 'node:path'
import { onInterrupt, runCommand } from './command.ts'
import { root } from './paths.ts'
import { runChild } from './run-child.ts'

await runCommand(async (args) => {
  const interrupt = new AbortController()
  onInterrupt(
    () => interrupt.abort(),
    () => process.exit(130),
  )
  return runChild([join(root, 'deploy/helm/src/check.ts'), ...args], { env: process.env, signal: interrupt.signal })
})

import { join } from 'node:path'
import { lastLines } from './last-lines.ts'
import { localDir, root } from './paths.ts'
import { runChild } from './run-child.ts'

/**
 * Builds the console's page where it is missing or older than its sources, which turbo's cache knows.
 * @returns what went wrong, for a person; undefined when it is there
 */
export async function buildPage(signal: AbortSignal): Promise<string | undefined> {
  const logFile = join(localDir, 'logs/page.log')
  const turbo = join(root, 'node_modules/turbo/bin/turbo')
  const args = [turbo, 'run', 'build', '--filter=@millrace/console-web', '--output-logs=errors-only']
  const code = await runChild(args, { signal, logFile })
  if (code === 0 || signal.aborted) return undefined
  return `The console's page could not be built (exit code ${code}); its API is there.\n${lastLines(logFile, 8)}`
}

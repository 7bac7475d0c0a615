import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '@millrace/local'

/** Builds the page where `dist` is missing or older than its sources: turbo's cache knows. */
export async function buildPage(): Promise<void> {
  const turbo = join(root, 'node_modules/.bin/turbo')
  await promisify(execFile)(turbo, ['run', 'build', '--filter=@millrace/console-web', '--output-logs=errors-only'], {
    cwd: root,
  })
}

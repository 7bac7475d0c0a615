import { join } from 'node:path'
import { root } from '@millrace/local'
import { answer } from './engine.ts'

/** Bundles everything of which images are made, the console's page before it, into the `dist` of each package; what has not changed is kept. */
export async function buildBundles(): Promise<void> {
  const turbo = join(root, 'node_modules/turbo/bin/turbo')
  await answer(process.execPath, [turbo, 'run', 'build', '--concurrency=100%', '--output-logs=errors-only'])
}

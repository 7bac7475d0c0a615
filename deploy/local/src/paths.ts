import { join, resolve } from 'node:path'

/** The checkout. */
export const root = resolve(import.meta.dirname, '../../..')

/** Everything that running the project leaves behind; ignored by git. A second `npm start` beside the first needs another one. */
export const localDir = resolve(root, process.env.MILLRACE_LOCAL_DIR || '.local')

/** What was downloaded, shared by all that run from this checkout. */
export const cacheDir = join(root, '.local/cache')

/** A new directory for the data of one benchmark or chaos run. */
export function benchDir(name: string): string {
  return join(localDir, 'bench', `${name}-${new Date().toISOString().replaceAll(':', '-')}`)
}

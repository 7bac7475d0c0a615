import { join, resolve } from 'node:path'

/** The checkout. */
export const root = resolve(import.meta.dirname, '../../..')

/** Everything that running the project leaves behind; ignored by git. */
export const localDir = join(root, '.local')

/** Directories of stacks that are deleted with them. */
export const temporaryDir = join(localDir, 'tmp')

/** A new directory for the data of one benchmark or chaos run. */
export function benchDir(name: string): string {
  return join(localDir, 'bench', `${name}-${new Date().toISOString().replaceAll(':', '-')}`)
}

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LocalError } from './errors.ts'
import type { Env } from './local-env.ts'
import { root } from './paths.ts'

/**
 * Becomes another program of this checkout, with the settings of the local stack: it reads what is typed and gets
 * signals as if it had been started alone.
 */
export async function runInPlace(script: string, settings: () => Env): Promise<void> {
  const path = join(root, script)
  try {
    Object.assign(process.env, settings())
  } catch (error) {
    if (!(error instanceof LocalError)) throw error
    console.error(error.message)
    process.exit(1)
  }
  process.argv[1] = path
  await import(pathToFileURL(path).href)
}

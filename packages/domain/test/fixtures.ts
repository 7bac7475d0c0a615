import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../../test/support/fixtures')

/** The bytes of a published payload, by its path under `test/support/fixtures`. */
export function fixture(path: string): Buffer {
  return readFileSync(join(root, path))
}

export function fixtureJson(path: string): Record<string, unknown> {
  return JSON.parse(fixture(path).toString('utf8'))
}

/** Vectors kept as JSON beside the tests. */
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'vectors', `${name}.json`), 'utf8'))
}

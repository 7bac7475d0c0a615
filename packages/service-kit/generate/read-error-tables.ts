import { globSync } from 'node:fs'
import { join } from 'node:path'

/** One error code. */
export interface ErrorEntry {
  readonly code: string
  readonly meaning: string
  readonly statusCode: number
  readonly retryable: boolean
}

/** The codes of one package or service, by its folder. */
export interface ErrorTable {
  readonly folder: string
  readonly entries: readonly ErrorEntry[]
}

const places = '{packages,services}/*/src/errors.ts'

/** Every table of codes: exported objects of an `errors.ts` whose keys begin with `MR_`. */
export async function readErrorTables(root: string): Promise<ErrorTable[]> {
  const files = globSync(places, { cwd: root }).sort()
  const tables = files.map(async (file) => {
    const module = (await import(join(root, file))) as Record<string, unknown>
    return { folder: file.replace('/src/errors.ts', ''), entries: Object.values(module).flatMap(entriesOf) }
  })
  return (await Promise.all(tables)).filter(({ entries }) => entries.length > 0)
}

function entriesOf(table: unknown): ErrorEntry[] {
  if (typeof table !== 'object' || table === null) return []
  return Object.entries(table).flatMap(([code, entry]) => (code.startsWith('MR_') ? { code, ...entry } : []))
}

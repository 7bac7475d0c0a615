import { LocalError } from './errors.ts'

/**
 * For a program that a command of package.json runs as a child: what a person can mend ends it with its message alone and exit code 1; a bug keeps its stack.
 * Call it before anything else.
 */
export function tellErrors(): void {
  process.once('uncaughtException', (error) => {
    console.error(isForPeople(error) ? error.message : error)
    process.exit(1)
  })
}

/** Ours, or an option that there is not, as `parseArgs` says it. */
function isForPeople(error: unknown): error is Error {
  if (error instanceof LocalError) return true
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
}

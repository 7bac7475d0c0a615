import { ConsoleError } from '../errors.ts'

/** @throws ConsoleError `MR_CONSOLE_NOT_FOUND` where there is nothing */
export function found<T>(row: T | undefined, what: string): T {
  if (row !== undefined) return row
  throw new ConsoleError('MR_CONSOLE_NOT_FOUND', { detail: `There is no such ${what} in this tenant.` })
}

import { usage } from './command.ts'
import { readDuration } from './read-duration.ts'

/**
 * A time as people give it: how long ago (`24h`, `90m`, `7d`) or when, with its zone (`2026-12-01T09:00:00Z`). Epoch milliseconds.
 * @throws CliError `MR_CLI_USAGE`
 */
export function readTime(text: string, now: number, option: string, command: string): number {
  const ago = readDuration(text)
  if (ago !== undefined) return now - ago
  const at = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at))
    throw usage(`${option} is a time ago (24h, 90m, 7d) or a time with its zone, not "${text}"`, command)
  return at
}

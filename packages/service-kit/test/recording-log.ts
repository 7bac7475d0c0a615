import { createLog, type Logger } from '../src/log.ts'

/** A logger whose lines a test can read. */
export function recordingLog(): { logger: Logger; entries: () => Record<string, unknown>[] } {
  const lines: string[] = []
  const { logger } = createLog({ service: 'test', version: '0', level: 'trace', write: (line) => lines.push(line) })
  return { logger, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

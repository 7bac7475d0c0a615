import { readFileSync } from 'node:fs'

/** The end of a log, indented for a message; the log may be missing. */
export function lastLines(file: string, count: number): string {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count)
    return lines.map((line) => `  ${line.slice(0, 300)}`).join('\n')
  } catch {
    return '  (no log)'
  }
}

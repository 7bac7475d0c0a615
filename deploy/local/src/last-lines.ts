import { readFileSync } from 'node:fs'

/** The end of a log, indented for a message; empty where it says nothing, a word where it is missing. */
export function lastLines(file: string, count: number): string {
  try {
    const text = readFileSync(file, 'utf8').trimEnd()
    if (text === '') return ''
    const lines = text.split('\n').slice(-count)
    return lines.map((line) => `  ${line.slice(0, 300)}`).join('\n')
  } catch {
    return '  (no log)'
  }
}

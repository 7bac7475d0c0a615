const shownElsewhere = new Set(['level', 'time', 'service', 'version', 'pid', 'message', 'error'])
const colours: Record<string, string> = { warn: '\x1b[33m', error: '\x1b[31m', fatal: '\x1b[31m' }

/** One JSON log line as a person reads it: `12:00:01.123 info  dedup message key=value`; an error's stack follows. */
export function formatForTerminal(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown>
  const level = String(entry.level)
  const fields = Object.entries(entry).filter(([key]) => !shownElsewhere.has(key))
  const parts = [
    String(entry.time).slice(11, 23),
    `${colours[level] ?? ''}${level.padEnd(5)}\x1b[0m`,
    String(entry.service),
    String(entry.message ?? ''),
    ...fields.map(
      ([key, value]) => `\x1b[2m${key}=${typeof value === 'string' ? value : JSON.stringify(value)}\x1b[0m`,
    ),
  ]
  return `${parts.join(' ')}${showError(entry.error)}\n`
}

function showError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { stack, message } = error as { stack?: string; message?: string }
  return `\n  ${(stack || message || '').replaceAll('\n', '\n  ')}`
}

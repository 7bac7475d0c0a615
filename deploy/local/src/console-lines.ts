const shown = new Set(['warn', 'error', 'fatal'])

/**
 * What of a service's log a person should see at once: its warnings and errors, one short line each.
 * Undefined for all other lines; the log file has everything.
 */
export function consoleLine(service: string, line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  const entry = parse(line)
  const level = String(entry?.level)
  if (!entry || !shown.has(level)) return undefined
  const error = entry.error as { code?: string; message?: string } | undefined
  const reason = [error?.code, error?.message].filter(Boolean).join(': ')
  const text = [entry.message, reason].filter(Boolean).join(' | ').replaceAll('\n', ' ')
  return `${String(entry.time).slice(11, 19)} ${level.padEnd(5)} ${service}: ${text.slice(0, 300)}`
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

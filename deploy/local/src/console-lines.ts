const shown = new Set(['warn', 'error', 'fatal'])
const windowMs = 10_000

interface ConsoleLine {
  /** `03:04:05` */
  readonly time: string
  /** Level, service, what happened, to what and why. */
  readonly text: string
}

/**
 * What of a service's log a person should see at once: its warnings and errors, one short line each.
 * Undefined for all other lines; the log file has everything.
 */
export function consoleLine(service: string, line: string): ConsoleLine | undefined {
  if (!line.startsWith('{')) return undefined
  const entry = parse(line)
  const level = String(entry?.level)
  if (!entry || !shown.has(level)) return undefined
  const times = entry.held_back === undefined ? undefined : `${entry.held_back} more`
  const parts = [entry.message, reason(entry), times].filter(Boolean)
  const text = parts.join(' | ').replaceAll('\n', ' ').slice(0, 300)
  return { time: String(entry.time).slice(11, 19), text: `${level.padEnd(5)} ${service}: ${text}` }
}

/** Services log an error as an object, or its message as a text with the code beside it. */
function reason(entry: Record<string, unknown>): string {
  const error = entry.error as { code?: string; message?: string } | string | null | undefined
  const said = typeof error === 'string' ? [entry.code, error] : [error?.code ?? entry.code, error?.message]
  return [said.filter(Boolean).join(': '), entry.group, entry.position].filter(Boolean).join(' ')
}

/**
 * Prints what `consoleLine` gives, each text once in ten seconds; how often it came again is told at their end.
 * One of these for each service: something that is away makes all its calls fail alike.
 */
export function consolePrinter(service: string, print: (text: string) => void): (line: string) => void {
  const repeats = new Map<string, number>()
  return (line) => {
    const found = consoleLine(service, line)
    if (!found) return
    const { time, text } = found
    const before = repeats.get(text)
    if (before !== undefined) {
      repeats.set(text, before + 1)
      return
    }
    print(`${time} ${text}`)
    repeats.set(text, 0)
    const tellCount = (): void => {
      const count = repeats.get(text)
      repeats.delete(text)
      if (count) print(`${time} ${text} | ${count} more in ${windowMs / 1_000} s`)
    }
    setTimeout(tellCount, windowMs).unref()
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

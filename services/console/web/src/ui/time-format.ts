import type { Zone } from '../app/time-zone.tsx'

type Detail = 'seconds' | 'milliseconds' | 'minutes'

const formats = new Map<string, Intl.DateTimeFormat>()

/** `22 Nov 14:03:22`, without the day when it is today's in that zone. */
export function formatTime(at: number, zone: Zone, detail: Detail = 'seconds', now = Date.now()): string {
  const time = format(`time.${detail}`, zone, timeOptions(detail)).format(at)
  const day = format('day', zone, { day: 'numeric', month: 'short' })
  const text = day.format(at)
  return text === day.format(now) ? time : `${text} ${time}`
}

/** `22 Nov 2026, 14:03:22.118` and the zone's name. */
export function formatFull(at: number, zone: Zone): string {
  const options: Intl.DateTimeFormatOptions = {
    ...timeOptions('milliseconds'),
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  }
  return `${format('full', zone, options).format(at)} ${zone === 'utc' ? 'UTC' : offsetName(at)}`
}

/** `380 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))} s`
  const steps: readonly (readonly [number, string])[] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ]
  const first = steps.findIndex(([size]) => ms >= size)
  return steps
    .slice(first, first + 2)
    .map(([size, unit], at) => [Math.floor((at === 0 ? ms : ms % (steps[first]?.[0] ?? ms)) / size), unit] as const)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}

/** As a duration, in whole seconds. */
export function formatAge(ms: number): string {
  return formatDuration(Math.max(1, Math.floor(ms / 1_000)) * 1_000)
}

export function formatCount(value: number): string {
  return value.toLocaleString('en')
}

function format(kind: string, zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${kind}.${zone}`
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-GB', { ...options, ...(zone === 'utc' ? { timeZone: 'UTC' } : {}) })
  formats.set(key, made)
  return made
}

function timeOptions(detail: Detail): Intl.DateTimeFormatOptions {
  return {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(detail === 'minutes' ? {} : { second: '2-digit' }),
    ...(detail === 'milliseconds' ? { fractionalSecondDigits: 3 } : {}),
  }
}

function offsetName(at: number): string {
  const minutes = -new Date(at).getTimezoneOffset()
  const sign = minutes < 0 ? '−' : '+'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  if (minutes === 0) return 'UTC'
  return `UTC${sign}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
}

import { required, type Setting } from '../src/setting.ts'

/** The default as it would be written in a `.env` file; undefined when there is none. */
export function defaultText(setting: Setting<unknown>): string | undefined {
  const { fallback } = setting
  if (fallback === undefined || fallback === required) return undefined
  if (setting.kind === 'duration' && typeof fallback === 'number') return durationText(fallback, setting.unit)
  return setting.show(fallback)
}

/** As a bare number in the setting's unit: `WEBHOOK_TIMEOUT_SECONDS=30` needs no second unit. */
function durationText(ms: number, unit: string | undefined): string {
  return String(unit === 's' ? ms / 1000 : ms)
}

export function isRequired(setting: Setting<unknown>): boolean {
  return setting.fallback === required
}

/** The default as people say it; lengths of time in the largest unit that fits. */
export function readableDefault(setting: Setting<unknown>): string {
  const { kind, fallback } = setting
  if (kind !== 'duration' || typeof fallback !== 'number') return defaultText(setting) || 'not set'
  const [name, ms] = units.find(([, length]) => fallback % length === 0) ?? ['ms', 1]
  return `${fallback / ms} ${name}`
}

const units = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1_000],
] as const

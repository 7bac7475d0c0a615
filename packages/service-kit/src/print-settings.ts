import type { ReadSettings, SettingDefinitions } from './settings.ts'

/** Every setting, one a line, with its value (secrets masked) and where it came from. */
export function printSettings<D extends SettingDefinitions>(definitions: D, read: ReadSettings<D>): string {
  const rows = Object.entries(definitions).map(([key, setting]) => {
    const value = read.values[key]
    const shown = value === undefined ? '(not set)' : setting.show(value) || '(empty)'
    return { text: `${setting.env}=${shown}`, origin: read.origins.get(setting.env) ?? 'default' }
  })
  const width = Math.min(60, Math.max(...rows.map((row) => row.text.length)))
  return rows.map((row) => `${row.text.padEnd(width)}  # ${row.origin}`).join('\n')
}

import { readSettings, type Setting } from '@millrace/service-kit'
import type { z } from 'zod'
import { settings } from '../settings.ts'
import type { settingRow } from './schemas/operations.ts'

/** The console's settings as it runs with them; secrets are masked. */
export function showSettings(): z.infer<typeof settingRow>[] {
  const { values, origins } = readSettings(settings)
  const rows = Object.entries(settings as Readonly<Record<string, Setting<unknown>>>).map(([key, setting]) => {
    const value = (values as Readonly<Record<string, unknown>>)[key]
    return {
      name: setting.env,
      value: value === undefined ? null : setting.show(value),
      origin: origins.get(setting.env) ?? 'default',
      is_secret: setting.isSecret,
      doc: setting.doc,
    }
  })
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}

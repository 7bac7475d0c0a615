import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { Setting } from '../src/setting.ts'
import type { SettingDefinitions } from '../src/settings.ts'

/** Settings that the same services read. */
export interface Section {
  readonly title: string
  readonly settings: readonly Setting<unknown>[]
}

interface Shared {
  readonly setting: Setting<unknown>
  readonly services: string[]
}

/**
 * The settings of every service that has a `src/settings.ts`: first those of all, then those of some, then each one's own. A variable whose
 * default differs between services stands with each of them.
 */
export async function readServiceSettings(root: string): Promise<Section[]> {
  const services = await importSettings(root)
  const byMeaning = new Map<string, Shared>()
  for (const [service, definitions] of services) {
    for (const setting of Object.values(definitions)) addSetting(byMeaning, service, setting)
  }
  const all = [...byMeaning.values()]
  const used = (fits: (by: readonly string[]) => boolean) => all.filter(({ services: by }) => fits(by))
  const ofAll = used((by) => by.length > 1 && by.length === services.size)
  const ofSome = used((by) => by.length > 1 && by.length < services.size)
  return [
    section('Every service', ofAll),
    ...group(ofSome),
    ...[...services.keys()].map((service) =>
      section(
        service,
        used((by) => by.length === 1 && by[0] === service),
      ),
    ),
  ].filter(({ settings }) => settings.length > 0)
}

/** What each service reads, and `cli` what the command line does, which hooks, `helm test` and the toolbox run. */
export async function settingsByService(root: string): Promise<Map<string, readonly Setting<unknown>[]>> {
  const cli = (await import(join(root, 'packages/cli/src/settings.ts'))) as { settings: SettingDefinitions }
  const all = [...(await importSettings(root)), ['cli', cli.settings] as const]
  return new Map(all.map(([name, definitions]) => [name, Object.values(definitions)]))
}

async function importSettings(root: string): Promise<Map<string, SettingDefinitions>> {
  const files = globSync('services/*/src/settings.ts', { cwd: root }).sort()
  const entries = files.map(async (file) => {
    const { settings } = (await import(join(root, file))) as { settings: SettingDefinitions }
    return [file.split(/[\\/]/)[1] ?? '', settings] as const
  })
  return new Map(await Promise.all(entries))
}

function addSetting(byMeaning: Map<string, Shared>, service: string, setting: Setting<unknown>): void {
  const { env, kind, doc, takes, fallback } = setting
  const meaning = JSON.stringify([env, kind, doc, takes, String(fallback)])
  const known = byMeaning.get(meaning)
  if (known === undefined) byMeaning.set(meaning, { setting, services: [service] })
  else known.services.push(service)
}

/** Sections of settings that the same several services use. */
function group(shared: readonly Shared[]): Section[] {
  const groups = Map.groupBy(shared, ({ services }) => services.join(', '))
  return [...groups].map(([title, members]) => section(title, members))
}

function section(title: string, shared: readonly Shared[]): Section {
  return { title, settings: shared.map(({ setting }) => setting) }
}

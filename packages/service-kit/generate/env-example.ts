import type { Setting } from '../src/setting.ts'
import type { Section } from './read-service-settings.ts'
import { defaultText, isRequired } from './setting-text.ts'

const head = `# Generated from the services' settings by \`pnpm --filter @millrace/service-kit generate\`. Copy it to .env and take the # off what you change.
# What is set in the environment wins over .env. A secret may be in a file instead: NAME_FILE=/path holds NAME.
# MILLRACE_ENV_FILE (environment only) names another file than .env; empty means none.
`

/** `.env.example`: every setting once, commented out, with its default. */
export function envExample(sections: readonly Section[]): string {
  const shown = new Set<string>()
  const isFirst = ({ env }: Setting<unknown>) => !shown.has(env) && shown.add(env)
  return head + sections.map((section) => showSection(section.title, section.settings.filter(isFirst))).join('')
}

function showSection(title: string, settings: readonly Setting<unknown>[]): string {
  return settings.length === 0 ? '' : `\n# --- ${title} ---\n${settings.map(showSetting).join('')}`
}

function showSetting(setting: Setting<unknown>): string {
  const value = defaultText(setting)
  const note = isRequired(setting) ? ' (needed)' : ''
  return `\n# ${setting.doc}\n# ${setting.takes}${note}\n#${setting.env}=${value ?? ''}\n`
}

import type { Setting } from '../src/setting.ts'
import type { Section } from './read-service-settings.ts'
import { defaultText, isRequired } from './setting-text.ts'

const head = `<!-- Generated: edit the services' src/settings.ts, then run \`pnpm --filter @millrace/service-kit generate\`. -->

# Settings

Settings are environment variables. A \`.env\` file in the working directory, else in the root of the checkout, fills in what the environment does not set;
\`MILLRACE_ENV_FILE\` names another file, and empty means none. A variable that is set to nothing counts as not set.

A secret (\`secret\` below) may be in a file instead: \`NAME_FILE=/run/secrets/name\`; one newline at its end is dropped. A length of time is a number in the
unit given, or has its own: \`500ms\`, \`10s\`, \`2m\`, \`1h\`, \`7d\`.

A service that is started with \`--print-settings\` prints what it would use and where each value comes from, secrets masked, and ends. With a wrong setting it
does not start, and names every variable that is wrong, its value and the rule.

Several tenants, accounts or sources are described in a YAML file ([schema](sources.schema.json)) that \`MILLRACE_SOURCES\` names.
`

/** `docs/settings.md`. */
export function settingsPage(sections: readonly Section[]): string {
  return head + sections.map((section) => `\n## ${section.title}\n\n${table(section)}`).join('')
}

function table({ settings }: Section): string {
  const rows = settings.map(
    (setting) => `| \`${setting.env}\` | ${type(setting)} | ${fallback(setting)} | ${cell(setting.doc)} |\n`,
  )
  return `| variable | takes | default | what it is |\n| --- | --- | --- | --- |\n${rows.join('')}`
}

/** How durations are written is told once, above the tables. */
function type({ kind, takes }: Setting<unknown>): string {
  return cell(
    kind === 'secret' ? `secret${takes.replace(/^a secret/, '')}` : takes.replace(/ or with a unit \(.*\)$/, ''),
  )
}

function fallback(setting: Setting<unknown>): string {
  if (isRequired(setting)) return 'must be set'
  const text = defaultText(setting)
  return text === undefined || text === '' ? '' : `\`${text}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Setting } from '../src/setting.ts'
import { sourcesSchema } from '../src/sources-schema.ts'

/** A service's settings, under its name. */
type ByService = ReadonlyMap<string, readonly Setting<unknown>[]>

/** A text that has a reference in it becomes another one when it is read, so no rule of its own can be held against it. */
const REFERENCE = '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}'
const VALUES_SCHEMA = 'deploy/helm/millrace/values.schema.json'

/** What the chart holds variables of `env` and `services.NAME.env` against: which there are, what they take, who reads them. */
export function chartSettings(services: ByService): string {
  const all = [...services.values()].flat()
  const variables = Object.fromEntries(
    all
      .map(({ env, kind, takes }) => [env, { kind, takes: takes.replace(/ or with a unit \(.*\)$/, '') }] as const)
      .sort(),
  )
  const readers = Object.fromEntries([...services].map(([name, own]) => [name, own.map(({ env }) => env).sort()]))
  return `${JSON.stringify({ variables, services: readers, providers: builtInProviders() }, null, 2)}\n`
}

/** The schema of the chart's values with that of `sources` in it; everything else stays as it is written there. */
export function chartSchema(root: string): string {
  const schema = JSON.parse(readFileSync(join(root, VALUES_SCHEMA), 'utf8')) as {
    readonly definitions: Readonly<Record<string, unknown>>
  }
  const {
    $schema: _,
    title: _title,
    required: _required,
    ...sources
  } = withReferences(sourcesSchema) as Record<string, unknown>
  return `${JSON.stringify({ ...schema, definitions: { ...schema.definitions, sources } }, null, 2)}\n`
}

function builtInProviders(): readonly string[] {
  return sourcesSchema.properties.sources.items.properties.provider.examples
}

/** A schema that takes `${NAME}` wherever it takes a text by a pattern or of a list. */
function withReferences(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withReferences)
  if (schema === null || typeof schema !== 'object') return schema
  const { pattern, enum: choices, ...others } = schema as Readonly<Record<string, unknown>>
  const rest = Object.fromEntries(Object.entries(others).map(([name, value]) => [name, withReferences(value)]))
  if (typeof pattern === 'string') return { ...rest, pattern: `${pattern}|${REFERENCE}` }
  if (!Array.isArray(choices)) return pattern === undefined ? rest : { ...rest, pattern: withReferences(pattern) }
  return { ...rest, anyOf: [{ enum: choices }, { type: 'string', pattern: REFERENCE }] }
}

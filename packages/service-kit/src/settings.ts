import { type Environment, type Given, lookUp, readEnvironment, readSecretFile } from './environment.ts'
import { ServiceKitError } from './errors.ts'
import { MASK, type ReadOther, required, type Setting } from './setting.ts'

/** A service's settings by the names its code uses. */
export type SettingDefinitions = Readonly<Record<string, Setting<unknown>>>

/** The values that definitions give. */
export type SettingValues<D extends SettingDefinitions> = {
  readonly [K in keyof D]: D[K] extends Setting<infer T> ? T : never
}

/** Values and, by environment variable, where each came from: `default`, `environment` or a file's path. */
export interface ReadSettings<D extends SettingDefinitions> {
  readonly values: SettingValues<D>
  readonly origins: ReadonlyMap<string, string>
}

/**
 * Names the settings of one service.
 * @throws ServiceKitError `MR_SETTINGS_DUPLICATE` when two read the same variable.
 */
export function defineSettings<const D extends SettingDefinitions>(definitions: D): D {
  const names = Object.values(definitions).map((setting) => setting.env)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new ServiceKitError('MR_SETTINGS_DUPLICATE', `${twice} is defined twice`)
  return Object.freeze(definitions)
}

/**
 * Reads every setting from the environment, the `.env` file and, for secrets, `NAME_FILE`; variables that nobody defined are ignored.
 * @throws ServiceKitError `MR_SETTINGS_INVALID` with all problems in one message.
 */
export function readSettings<D extends SettingDefinitions>(
  definitions: D,
  environment: Environment = readEnvironment(),
): ReadSettings<D> {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  const byEnv = new Map<string, unknown>()
  const origins = new Map<string, string>()
  for (const [key, setting] of Object.entries(definitions)) {
    const result = readOne(setting, environment)
    if ('problem' in result) problems.push(result.problem)
    else {
      values[key] = result.value
      byEnv.set(setting.env, result.value)
      origins.set(setting.env, result.origin)
    }
  }
  // Joint rules over values that are already known to be wrong would only repeat the news.
  if (problems.length === 0) problems.push(...checkTogether(definitions, (env) => byEnv.get(env)))
  if (problems.length > 0) throw invalid(problems)
  return { values: Object.freeze(values) as SettingValues<D>, origins }
}

type Outcome = { readonly value: unknown; readonly origin: string } | { readonly problem: string }

function readOne(setting: Setting<unknown>, environment: Environment): Outcome {
  const given = find(setting, environment)
  if (given !== undefined && 'problem' in given) return given
  if (given === undefined) {
    if (setting.fallback === required) return { problem: `${setting.env} is not set: it must be ${setting.takes}` }
    return { value: setting.fallback, origin: 'default' }
  }
  const parsed = setting.parse(setting.isSecret ? given.text : given.text.trim())
  if ('value' in parsed) return { value: parsed.value, origin: given.origin }
  return { problem: `${setting.env}=${shown(setting, given.text)} (${given.origin}) must be ${parsed.rule}` }
}

function find(setting: Setting<unknown>, environment: Environment): Given | undefined | { problem: string } {
  const given = lookUp(environment, setting.env)
  if (!setting.isSecret) return given
  const file = lookUp(environment, `${setting.env}_FILE`)
  if (file === undefined) return given
  if (given !== undefined) return { problem: `${setting.env} and ${setting.env}_FILE are both set: keep one` }
  try {
    const read = readSecretFile(file.text.trim())
    return read.text === '' ? { problem: `${setting.env}_FILE=${JSON.stringify(file.text)} is an empty file` } : read
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    return { problem: `${setting.env}_FILE=${JSON.stringify(file.text)} cannot be read (${reason})` }
  }
}

/** Bad texts of secrets are masked whole; of URLs, the parts that may hold a password; all others are shown up to 100 characters. */
function shown(setting: Setting<unknown>, text: string): string {
  if (setting.isSecret) return MASK
  const visible = setting.kind === 'url' ? setting.show(text) : text
  return JSON.stringify(visible.length > 100 ? `${visible.slice(0, 100)}…` : visible)
}

function checkTogether(definitions: SettingDefinitions, other: ReadOther): string[] {
  return Object.values(definitions).flatMap((setting) => {
    const value = other(setting.env)
    const problem = value === undefined ? undefined : setting.check?.(value, other)
    return problem === undefined ? [] : `${setting.env}: ${problem}`
  })
}

function invalid(problems: readonly string[]): ServiceKitError {
  const head = problems.length === 1 ? 'A setting is wrong' : `${problems.length} settings are wrong`
  return new ServiceKitError('MR_SETTINGS_INVALID', `${head}:\n${problems.map((line) => `  ${line}`).join('\n')}`)
}

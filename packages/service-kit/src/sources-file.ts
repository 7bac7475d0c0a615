import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ErrorObject, ValidateFunction } from 'ajv'
import { type Environment, lookUp, readEnvironment, readSecretFile } from './environment.ts'
import { ServiceKitError } from './errors.ts'
import { defaultSources, type Sources, type SourceValues } from './sources.ts'
import { type SourcesFile, toSources } from './sources-entries.ts'
import type { SourcesReading } from './watch-sources.ts'
import { type Path, type Problem, parseYaml, type Resolve, showPath, type YamlFile } from './yaml-file.ts'

/**
 * Reads the YAML file of accounts and sources (docs/sources.schema.json).
 * @param onSecretFile told of each file that a reference was read from, or should have been
 * @throws ServiceKitError `MR_SOURCES_UNREADABLE`, or `MR_SOURCES_INVALID` with every problem, its place and field; values are not shown
 */
export async function loadSources(
  path: string,
  environment: Environment,
  onSecretFile: (path: string) => void = () => {},
): Promise<Sources> {
  const parsed = await parseSources(readText(path), (name) => resolveReference(environment, name, onSecretFile))
  if (Array.isArray(parsed)) throw invalid(path, parsed)
  return parsed
}

/**
 * The sources that a text describes, or its problems with their places, in the order of the text. Never throws for what stands in the text.
 * @param resolve gives what stands behind `${NAME}`
 */
export async function parseSources(text: string, resolve: Resolve): Promise<Sources | Problem[]> {
  const file = parseYaml(text, resolve)
  if (!('value' in file)) return inOrder(file)
  const broken = await checkSchema(file)
  if (broken.length > 0) return inOrder(broken)
  const problems: Problem[] = []
  const sources = toSources(file.value as SourcesFile, (at, rule) =>
    problems.push({ ...file.placeOf(at), field: showPath(at), rule }),
  )
  return problems.length > 0 ? inOrder(problems) : sources
}

/** Reads the file as `loadSources` does, and tells which files that took; what is wrong is given, not thrown. */
export async function readSourcesFile(path: string, environment: () => Environment): Promise<SourcesReading> {
  const files = new Set([path])
  try {
    const found = environment()
    if (found.file !== undefined) files.add(found.file.path)
    return { files, result: await loadSources(path, found, (file) => files.add(file)) }
  } catch (error) {
    if (error instanceof ServiceKitError) return { files, result: error }
    const reason = error instanceof Error ? error.message : String(error)
    return { files, result: new ServiceKitError('MR_SOURCES_UNREADABLE', reason, { cause: error }) }
  }
}

/** The sources of `MILLRACE_SOURCES`, else the default two made from single settings. Throws as `loadSources` does. */
export async function readSources(
  settings: SourceValues,
  environment: Environment = readEnvironment(),
): Promise<Sources> {
  return settings.sourcesFile === undefined ? defaultSources(settings) : loadSources(settings.sourcesFile, environment)
}

/** Beyond it a file is none of ours, and is not even read. */
const MAX_FILE_BYTES = 16_777_216

function readText(path: string): string {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw new Error('it is larger than 16 MiB')
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ServiceKitError('MR_SOURCES_UNREADABLE', `MILLRACE_SOURCES=${resolve(path)} cannot be read: ${reason}`, {
      cause,
    })
  }
}

function resolveReference(
  environment: Environment,
  name: string,
  onSecretFile: (path: string) => void,
): { text: string } | { rule: string } {
  const file = lookUp(environment, `${name}_FILE`)
  if (file === undefined) return lookUp(environment, name) ?? { rule: 'is not set' }
  const path = file.text.trim()
  onSecretFile(path)
  try {
    const { text } = readSecretFile(path)
    return text === '' ? { rule: `is empty in the file that ${name}_FILE names` } : { text }
  } catch {
    return { rule: `cannot be read from the file that ${name}_FILE names` }
  }
}

let validator: Promise<ValidateFunction> | undefined

/** Loaded only when there is a file: compiling a schema costs start-up time. Fills in the schema's defaults. */
async function compileSchema(): Promise<ValidateFunction> {
  const [{ Ajv }, { sourcesSchema }, { addressRange }] = await Promise.all([
    import('ajv'),
    import('./sources-schema.ts'),
    import('./address-range.ts'),
  ])
  const ajv = new Ajv({ allErrors: true, useDefaults: true, verbose: true })
  ajv.addFormat(addressRange.name, addressRange.validate)
  return ajv.compile(sourcesSchema)
}

/** Problems that are found at most: whoever repairs a file reads no more, and a hostile one must not make thousands. */
const MAX_PROBLEMS = 100

async function checkSchema(file: YamlFile): Promise<Problem[]> {
  validator ??= compileSchema()
  const [validate, { patternsInWords }] = await Promise.all([validator, import('./sources-schema.ts')])
  if (validate(file.value)) return []
  // What says that one of its parts is wrong says nothing more.
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'propertyNames' && keyword !== 'if')
  return errors.slice(0, MAX_PROBLEMS).map((error) => {
    const at = fieldOf(file.value, error)
    return { ...file.placeOf(at), field: showPath(at), rule: ruleInWords(error, patternsInWords) }
  })
}

function fieldOf(root: unknown, { instancePath, keyword, params, propertyName }: ErrorObject): Path {
  const at = pathOf(root, instancePath)
  if (propertyName !== undefined) return [...at, propertyName]
  return keyword === 'additionalProperties' ? [...at, String(params.additionalProperty)] : at
}

/** Never quotes the file. */
function ruleInWords(error: ErrorObject, patterns: ReadonlyMap<string, string>) {
  const { keyword, params, message, propertyName } = error
  switch (keyword) {
    case 'additionalProperties':
      return `is not known here; known are ${Object.keys(error.parentSchema?.properties ?? {}).join(', ')}`
    case 'required':
      return `needs ${String(params.missingProperty)}`
    case 'enum':
      return `must be one of ${(params.allowedValues as string[]).join(', ')}`
    case 'const':
      return `must be ${String(params.allowedValue)}`
    case 'pattern':
      return `${propertyName === undefined ? '' : 'the name '}${patterns.get(String(params.pattern)) ?? message}`
    case 'format':
      return 'must be an IPv4 or IPv6 address, or a range such as 10.0.0.0/8'
    case 'not':
      return 'takes api_token or oauth, not both'
    default:
      return message ?? keyword
  }
}

/** A JSON pointer as keys and, in lists, numbers. */
function pathOf(root: unknown, pointer: string): Path {
  const path: (string | number)[] = []
  let at = root
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(at) ? Number(key) : key)
    at = (at as Record<string, unknown> | undefined)?.[key]
  }
  return path
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column).slice(0, MAX_PROBLEMS)
}

/** One line a problem: `line 3:5, sources[0].path: must be …`. */
export function showProblem({ line, column, field, rule }: Problem): string {
  return `line ${line}:${column}${field === '' ? '' : `, ${field}`}: ${rule}`
}

function invalid(path: string, problems: readonly Problem[]): ServiceKitError {
  const lines = problems.map(showProblem)
  const head = `${resolve(path)} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`
  return new ServiceKitError('MR_SOURCES_INVALID', `${head}:\n${lines.map((line) => `  ${line}`).join('\n')}`, {
    problems: lines,
  })
}

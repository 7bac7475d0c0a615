import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { checkSecret, type Scheme, type Secret } from '@millrace/signing'
import { type Environment, lookUp, readEnvironment, readSecretFile } from './environment.ts'
import { ServiceKitError } from './errors.ts'
import { type Account, defaultSources, type Source, type Sources, type SourceValues, schemesFor } from './sources.ts'
import { type Path, type Problem, parseYaml, showPath, type YamlFile } from './yaml-file.ts'

/**
 * Reads the YAML file of accounts and sources (docs/sources.schema.json).
 * @throws ServiceKitError `MR_SOURCES_UNREADABLE`, or `MR_SOURCES_INVALID` with every problem, its line and field; values are not shown
 */
export async function loadSources(path: string, environment: Environment): Promise<Sources> {
  const text = readText(path)
  const file = parseYaml(text, (name) => resolveReference(environment, name))
  if (!('value' in file)) throw invalid(path, file)
  const broken = await checkSchema(file)
  if (broken.length > 0) throw invalid(path, broken)
  const problems: Problem[] = []
  const sources = toSources(file.value as SourcesFile, (at, rule) =>
    problems.push({ line: file.lineOf(at), field: showPath(at), rule }),
  )
  if (problems.length > 0) throw invalid(path, problems)
  return sources
}

/** The sources of `MILLRACE_SOURCES`, else the default two made from single settings. Throws as `loadSources` does. */
export async function readSources(
  settings: SourceValues,
  environment: Environment = readEnvironment(),
): Promise<Sources> {
  return settings.sourcesFile === undefined ? defaultSources(settings) : loadSources(settings.sourcesFile, environment)
}

interface SourcesFile {
  readonly accounts?: readonly AccountEntry[]
  readonly sources: readonly SourceEntry[]
}

interface AccountEntry {
  readonly name: string
  readonly tenant: string
  readonly provider: string
  readonly api_token?: string
  readonly base_url: string
  readonly calls_per_minute: number
}

interface SourceEntry {
  readonly name: string
  readonly tenant: string
  readonly account?: string
  readonly provider: string
  readonly path?: string
  readonly schemes?: readonly string[]
  readonly secrets: readonly { readonly id?: string; readonly secret: string; readonly schemes?: readonly string[] }[]
  readonly event_id_field?: string
  readonly synchronous: boolean
  readonly max_body_bytes: number
  readonly rate_limit_per_minute: number
  readonly tolerance_ms: number
}

type Report = (at: Path, rule: string) => void

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ServiceKitError('MR_SOURCES_UNREADABLE', `MILLRACE_SOURCES=${resolve(path)} cannot be read: ${reason}`, {
      cause,
    })
  }
}

function resolveReference(environment: Environment, name: string): { text: string } | { rule: string } {
  const file = lookUp(environment, `${name}_FILE`)
  if (file === undefined) return lookUp(environment, name) ?? { rule: 'is not set' }
  try {
    return readSecretFile(file.text.trim())
  } catch {
    return { rule: `cannot be read from the file that ${name}_FILE names` }
  }
}

/** Loaded only when there is a file: compiling a schema costs start-up time. Fills in the schema's defaults. */
async function checkSchema(file: YamlFile): Promise<Problem[]> {
  const [{ Ajv }, { sourcesSchema }] = await Promise.all([import('ajv'), import('./sources-schema.ts')])
  const validate = new Ajv({ allErrors: true, useDefaults: true }).compile(sourcesSchema)
  if (validate(file.value)) return []
  return (validate.errors ?? []).map(({ instancePath, keyword, params, message }) => {
    const at = pathOf(file.value, instancePath)
    const extra = keyword === 'additionalProperties' ? [...at, String(params.additionalProperty)] : at
    return { line: file.lineOf(extra), field: showPath(extra), rule: ruleInWords(keyword, params, message) }
  })
}

function ruleInWords(keyword: string, params: Record<string, unknown>, message: string | undefined): string {
  if (keyword === 'additionalProperties') return 'is not known here'
  if (keyword === 'required') return `needs ${String(params.missingProperty)}`
  if (keyword === 'enum') return `must be one of ${(params.allowedValues as string[]).join(', ')}`
  return message ?? keyword
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

function toSources(file: SourcesFile, report: Report): Sources {
  const accounts = (file.accounts ?? []).map(toAccount)
  const sources = file.sources.map((entry, index) => toSource(entry, ['sources', index], report))
  reportTwins(accounts, (account) => `${account.tenant}/${account.name}`, ['accounts'], 'name', report)
  reportTwins(sources, (source) => source.name, ['sources'], 'name', report)
  reportTwins(sources, (source) => source.path, ['sources'], 'path', report)
  sources.forEach((source, index) => {
    const isKnown = accounts.some(({ tenant, name }) => tenant === source.tenant && name === source.account)
    // Without any account listed there is nothing that a name could be mistaken for.
    if (accounts.length > 0 && !isKnown) {
      report(['sources', index, 'account'], `tenant ${source.tenant} has no account ${source.account}`)
    }
  })
  const tenants = [...new Set(sources.map(({ tenant }) => tenant))].map((name) => ({ name }))
  return { sources, accounts, tenants }
}

function toAccount(entry: AccountEntry): Account {
  return {
    tenant: entry.tenant,
    name: entry.name,
    provider: entry.provider,
    apiToken: entry.api_token,
    baseUrl: entry.base_url.replace(/\/+$/, ''),
    callsPerMinute: entry.calls_per_minute,
  }
}

function toSource(entry: SourceEntry, at: Path, report: Report): Source {
  const schemes = readSchemes(entry, at, report)
  const secrets = entry.secrets.map(({ id, ...secret }, index) => ({ id: id ?? `secret-${index + 1}`, ...secret }))
  checkSecrets(schemes, secrets, [...at, 'secrets'], report)
  return {
    name: entry.name,
    tenant: entry.tenant,
    account: entry.account ?? entry.tenant,
    provider: entry.provider,
    path: entry.path ?? `/api/webhooks/${entry.name}`,
    schemes,
    secrets,
    eventIdField: entry.event_id_field,
    isSynchronous: entry.synchronous,
    maxBodyBytes: entry.max_body_bytes,
    rateLimitPerMinute: entry.rate_limit_per_minute,
    toleranceMs: entry.tolerance_ms,
  }
}

function readSchemes(entry: SourceEntry, at: Path, report: Report): readonly Scheme[] {
  const known = schemesFor(entry.provider, undefined, entry.tolerance_ms)
  return (entry.schemes ?? known.map(({ name }) => name)).flatMap((name, index) => {
    const scheme = known.find((candidate) => candidate.name === name)
    if (scheme === undefined) report([...at, 'schemes', index], `${entry.provider} has no scheme ${name}`)
    return scheme ?? []
  })
}

/** A secret must fit each scheme it names, or at least one of the source's when it names none. */
function checkSecrets(schemes: readonly Scheme[], secrets: readonly Secret[], at: Path, report: Report): void {
  secrets.forEach((secret, index) => {
    const named = secret.schemes?.map((name) => schemes.find((scheme) => scheme.name === name) ?? name)
    for (const name of named?.filter((scheme) => typeof scheme === 'string') ?? []) {
      report([...at, index, 'schemes'], `the source has no scheme ${name}`)
    }
    const problems = (named ?? schemes).flatMap((scheme) =>
      typeof scheme === 'string' ? [] : secretProblem(scheme, secret),
    )
    const tried = named?.length ?? schemes.length
    const isBad = named === undefined ? tried > 0 && problems.length === tried : problems.length > 0
    if (isBad && problems[0] !== undefined) report([...at, index, 'secret'], problems[0])
  })
}

function secretProblem(scheme: Scheme, secret: Secret): string[] {
  try {
    checkSecret(scheme, secret)
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

function reportTwins<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  at: Path,
  field: string,
  report: Report,
): void {
  const seen = new Set<string>()
  items.forEach((item, index) => {
    const key = keyOf(item)
    if (seen.has(key)) report([...at, index, field], `${key} is taken by another entry`)
    seen.add(key)
  })
}

function invalid(path: string, problems: readonly Problem[]): ServiceKitError {
  const lines = [...problems]
    .sort((a, b) => a.line - b.line)
    .map(({ line, field, rule }) => `  line ${line}${field === '' ? '' : `, ${field}`}: ${rule}`)
  const head = `${resolve(path)} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`
  return new ServiceKitError('MR_SOURCES_INVALID', `${head}:\n${lines.join('\n')}`)
}

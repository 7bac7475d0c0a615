import { globSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { root } from '@millrace/local'
import { parseSources } from '@millrace/service-kit'
import { at, podOf, type Rendered } from './facts.ts'

/** What a service's own settings say. */
export interface ServiceReads {
  /** Variables of secret settings. */
  readonly secrets: ReadonlySet<string>
  /** All variables. */
  readonly variables: ReadonlySet<string>
}

/** Logins that go by names of their own in the chart: `kafka.sasl`, `schemaRegistry.secret`. */
export const LOGINS: readonly string[] = ['KAFKA_SASL_PASSWORD', 'SCHEMA_REGISTRY_PASSWORD']
/** Read by everything that reads records, and needed once they are encrypted. */
export const KEYS = 'MILLRACE_SECRET_KEYS'
const ENCRYPTION = 'MILLRACE_ENCRYPTION'
/** Secrets of the default sources; where there are others, nobody reads them. */
const OF_DEFAULTS = ['WEBHOOK_SECRET', 'FRONT_RULE_SECRET', 'MAKE_COM_WEBHOOK_SECRET', 'FRONT_API_TOKEN']
/** Read by a program of the service that does not run in a cluster: mcp over stdio. Over HTTP each client brings its own. */
const ofOthers: Readonly<Record<string, readonly string[]>> = { mcp: ['MILLRACE_CONSOLE_TOKEN'] }
/** The command line under other names. */
const aliases: Readonly<Record<string, string>> = { doctor: 'cli', toolbox: 'cli', topics: 'cli', schemas: 'cli' }

/** By service, and `cli`: what the settings in the code read. */
export async function readSecretSettings(): Promise<Map<string, ServiceReads>> {
  const files = [...globSync('services/*/src/settings.ts', { cwd: root }).sort(), 'packages/cli/src/settings.ts']
  const entries = files.map(async (file) => {
    const { settings } = (await import(join(root, file))) as {
      settings: Readonly<Record<string, { env: string; isSecret: boolean }>>
    }
    const name = basename(dirname(dirname(file)))
    const all = Object.values(settings).filter(({ env }) => !ofOthers[name]?.includes(env))
    const secrets = all.filter(({ isSecret }) => isSecret).map(({ env }) => env)
    return [name, { secrets: new Set(secrets), variables: new Set(all.map(({ env }) => env)) }] as const
  })
  return new Map(await Promise.all(entries))
}

/**
 * That every pod has the secrets that its program reads and no others, and that the sources file beside them is a good one whose `${NAME}` are there.
 * One sentence for each that does not hold.
 */
export async function secretFacts(
  objects: readonly Rendered[],
  reads: ReadonlyMap<string, ServiceReads>,
): Promise<string[]> {
  const files = new Map(
    objects
      .filter(({ kind }) => kind === 'ConfigMap')
      .map((one) => [one.metadata.name, at(one, 'data') as Readonly<Record<string, string>>]),
  )
  const pods = objects.filter((one) => podOf(one) !== undefined)
  const isEncrypting = pods.some((one) => variablesOf(one).has(ENCRYPTION))
  const found = await Promise.all(
    pods.map((one) => {
      const mounted = list(at(podOf(one), 'volumes')).map((volume) => files.get(String(at(volume, 'configMap.name'))))
      return podFacts(one, mounted.find((data) => data?.['sources.yaml'] !== undefined)?.['sources.yaml'], reads)
    }),
  )
  return [...found.flat(), ...(isEncrypting ? pods.flatMap(plainWriters) : [])]
}

/** What writes or reads records beside others that encrypt them. */
function plainWriters(object: Rendered): string[] {
  const variables = variablesOf(object)
  const isHook = object.kind === 'Job'
  const isWell = variables.has(ENCRYPTION) && variables.has(KEYS)
  return isHook || !variables.has('KAFKA_BROKERS') || isWell
    ? []
    : [`${object.kind} ${object.metadata.name} has ${KEYS} or ${ENCRYPTION} not, and others encrypt`]
}

const variablesOf = (object: Rendered): ReadonlySet<string> =>
  new Set(list(at(podOf(object), 'containers.0.env')).map((one) => String(at(one, 'name'))))

async function podFacts(
  object: Rendered,
  sources: string | undefined,
  reads: ReadonlyMap<string, ServiceReads>,
): Promise<string[]> {
  const subject = `${object.kind} ${object.metadata.name}`
  const [container] = list(at(podOf(object), 'containers'))
  const env = list(at(container, 'env'))
  const given = new Set(env.map((one) => String(at(one, 'name'))))
  const secret = env.filter((one) => at(one, 'valueFrom.secretKeyRef') !== undefined)
  const name = programOf(object)
  const own = reads.get(aliases[name] ?? name)
  // Migrations are the console's, with its database alone.
  if (own === undefined) return name === 'migrations' ? [] : [`${subject}: nobody knows what ${name} reads`]
  const referred = new Set<string>()
  const problems = sources === undefined ? [] : await sourcesProblems(sources, given, referred)
  const read = (variable: string) => own.variables.has(variable) || referred.has(variable)
  const tooMany = secret.map((one) => String(at(one, 'name'))).filter((variable) => !read(variable))
  // The command line may read more than a pod of it is meant to do.
  const wanted =
    aliases[name] === undefined ? [...own.secrets].filter((one) => one !== KEYS && !LOGINS.includes(one)) : []
  const missing = wanted.filter((one) => !given.has(one) && !(sources !== undefined && OF_DEFAULTS.includes(one)))
  return [
    ...tooMany.map((variable) => `${subject} has the secret ${variable}, which it does not read`),
    ...missing.map((variable) => `${subject} reads ${variable} and has it not`),
    ...problems.map((text) => `${subject}: its sources: ${text}`),
  ]
}

/** Name of a service by the label of its pods. */
function programOf(object: Rendered): string {
  const labels = at(object, 'spec.template.metadata.labels') ?? at(object, 'metadata.labels')
  const component = (labels as Readonly<Record<string, string>> | undefined)?.['app.kubernetes.io/component'] ?? ''
  return component.replace(/^hook-/, '')
}

/** As the service itself would read the file; secrets are stood for by what every scheme takes. */
async function sourcesProblems(text: string, given: ReadonlySet<string>, referred: Set<string>): Promise<string[]> {
  const parsed = await parseSources(text, (name) => {
    referred.add(name)
    return given.has(name) ? { text: 'c3RhbmRzIGZvciBhIHNlY3JldA==' } : { rule: 'is not given' }
  })
  return Array.isArray(parsed) ? parsed.map(({ field, rule }) => `${field}: ${rule}`) : []
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

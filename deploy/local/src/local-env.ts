import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { consoleEnv } from './console-env.ts'
import { LocalError } from './errors.ts'
import { localDir, root } from './paths.ts'
import { type LocalProcess, type PortSetting, services, simulators } from './services.ts'

export type Env = Record<string, string>

export interface LocalEnvironment {
  /** What the person set: the process's variables, and the .env file for what these leave open. Empty ones are left out. */
  readonly given: Env
  /** What our processes run with: `given`, and local defaults and development secrets for what it leaves open. */
  readonly env: Env
  /** Whether the Front API simulator stands for Front: nobody named the real one. */
  readonly isSimulated: boolean
}

/** Puts together the settings of the local stack; makes the development secrets at the first run. */
export function localEnvironment(directory = root, variables: NodeJS.ProcessEnv = process.env): LocalEnvironment {
  const given = { ...filled(readEnvFile(join(directory, '.env'))), ...filled(variables) }
  const isSimulated = !['FRONT_API_TOKEN', 'FRONT_API_TOKEN_FILE', 'MILLRACE_SOURCES'].some((name) => given[name])
  const own = directory === root ? localDir : join(directory, '.local')
  const secrets = developmentSecrets(own)
  const defaults = {
    ...localDefaults,
    ...(isSimulated ? simulatedFront(given) : {}),
    ...consoleEnv(given, own, secrets.CONSOLE_ADMIN_TOKEN),
    ...secrets,
  }
  const open = Object.entries(defaults).filter(([name]) => !given[name] && !given[`${name}_FILE`])
  // The .env file is merged already; read again by a service it would be the same.
  return { given, env: { ...Object.fromEntries(open), ...given, MILLRACE_ENV_FILE: '' }, isSimulated }
}

/** The number of a port as set by its variable, else its default. Throws MR_LOCAL_SETTING when it is no port. */
export function portOf(env: Env, setting: PortSetting): number {
  const text = env[setting.variable]
  const port = text ? Number(text) : setting.port
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new LocalError('MR_LOCAL_SETTING', `${setting.variable} is "${text}"; it is a port from 1 to 65535.`)
}

/** Where a process of the local stack answers its clients. */
export function urlOf(env: Env, name: 'gateway' | 'console' | 'mcp' | 'front-simulator'): string {
  const http = [...services, ...simulators].find((each) => each.name === name)?.http
  if (http === undefined) throw new TypeError(`${name} has no port for clients`)
  return `http://127.0.0.1:${portOf(env, http)}`
}

/** The ports of processes, by the variable that moves each. */
export function portsOf(env: Env, processes: readonly LocalProcess[]): Env {
  const settings = processes.flatMap(({ http, admin }) => [http, admin].filter((port) => port !== undefined))
  return Object.fromEntries(settings.map((setting) => [setting.variable, String(portOf(env, setting))]))
}

/** One laptop needs fewer partitions, and sees a dead member sooner. Nothing is reachable from outside but by a tunnel. */
const localDefaults: Env = {
  KAFKA_EVENT_PARTITIONS: '4',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  ADMIN_HOST: '127.0.0.1',
  GATEWAY_HOST: '127.0.0.1',
  SHUTDOWN_DEADLINE_MS: '5000',
  // Endpoints of a laptop are on the laptop.
  DELIVERY_ALLOW_HTTP: 'true',
  DELIVERY_ALLOW_PRIVATE: 'true',
  // The shipped examples; a team's own files take their place.
  HANDLERS_FILES: ['conversation-created', 'conversation-updated', 'message-received']
    .map((name) => join(root, `services/handlers/examples/${name}.ts`))
    .join(','),
}

function simulatedFront(given: Env): Env {
  const plan = given.FRONT_SIMULATOR_CALLS_PER_MINUTE ?? '200'
  return {
    FRONT_API_TOKEN: 'simulated-token',
    FRONT_API_BASE_URL: urlOf(given, 'front-simulator'),
    // The largest of Front's plans, in the simulator and in the settings alike, so that the budget is seen at work. 0: the simulator has no limit.
    FRONT_SIMULATOR_CALLS_PER_MINUTE: plan,
    FRONT_API_CALLS_PER_MINUTE: plan === '0' ? '6000' : plan,
  }
}

/** Secrets of this checkout, made once; whoever can read them can sign for the local stack only. */
function developmentSecrets(directory: string): Env {
  const file = join(directory, 'dev.env')
  const known = readEnvFile(file)
  const missing = Object.entries(newSecrets).filter(([name]) => !known[name])
  if (missing.length === 0) return filled(known)
  const made = Object.fromEntries(missing.map(([name, make]) => [name, make()]))
  const all = { ...filled(known), ...made }
  mkdirSync(directory, { recursive: true })
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(file, `# Made by npm start for this checkout only. Your own .env wins.\n${lines.join('')}`, {
    mode: 0o600,
  })
  return all
}

const newSecrets: Readonly<Record<string, () => string>> = {
  WEBHOOK_SECRET: () => randomBytes(32).toString('hex'),
  MAKE_COM_WEBHOOK_SECRET: () => randomBytes(24).toString('hex'),
  CONSOLE_ADMIN_TOKEN: () => randomBytes(32).toString('hex'),
  GATEWAY_STATUS_TOKEN: () => randomBytes(24).toString('hex'),
  MILLRACE_SECRET_KEYS: () => `local:${randomBytes(32).toString('base64')}`,
  RECEIVER_SECRET: () => `whsec_${randomBytes(32).toString('base64')}`,
}

function readEnvFile(file: string): NodeJS.Dict<string> {
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
}

function filled(variables: NodeJS.Dict<string>): Env {
  const entries = Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1]?.trim()))
  return Object.fromEntries(entries)
}

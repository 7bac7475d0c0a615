import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, root } from '@millrace/local'
import { newComposeEnv } from './compose-env.ts'
import { answer, type Output, output } from './engine.ts'
import type { LocalImages } from './local-images.ts'
import { type Override, overrideFor } from './override.ts'

export const profiles = ['core', 'simulators', 'observability', 'registry', 'cli'] as const

export interface ComposeOptions {
  /** For the files of the run. */
  readonly dir: string
  readonly command: readonly [string, ...string[]]
  /** Before `/NAME:VERSION`. */
  readonly repository: string
  readonly version: string
  /** Instead of the published images; undefined: these. */
  readonly local: LocalImages | undefined
}

/** A system in containers that disturbs no other one: ports, names and volumes are its own. */
export interface Compose {
  /** Variables of its env file: secrets, ports. */
  readonly variables: Readonly<Record<string, string>>
  /** What `docker compose ARGS` prints. @throws Error as `answer` */
  run(...args: readonly string[]): Promise<string>
  /** What the command line answers in a container of its own. */
  millrace(...args: readonly string[]): Promise<Output>
  /** Checks docker-compose.yml with profiles on. @returns the services that they have */
  config(...profiles: readonly string[]): Promise<string[]>
  /** What Compose says where no secret is given. */
  withoutSecrets(): Promise<string>
  up(): Promise<void>
  /** Id of a service's container. */
  containerOf(service: string): Promise<string>
  /** The last lines of the services that are not well. */
  trouble(): Promise<string>
  /** Removes containers, networks and volumes. */
  down(): Promise<void>
}

/** Prepares a system from docker-compose.yml; nothing is started yet. */
export async function prepareCompose(options: ComposeOptions): Promise<Compose> {
  const { dir, command, local } = options
  mkdirSync(dir, { recursive: true })
  const variables = { ...parse(newComposeEnv()), ...(await freePorts()), ...choicesOf(options) }
  const envFile = write(
    dir,
    'compose.env',
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const override = write(dir, 'override.json', JSON.stringify(overrideFor(dir, variables, local) satisfies Override))
  const [program, ...first] = command
  const project = `millrace-check-${process.pid}`
  const files = ['--project-directory', root, '--file', join(root, 'docker-compose.yml'), '--file', override]
  const common = [...first, '--project-name', project, '--env-file', envFile, ...files]
  const core = ['--profile', 'core', '--profile', 'simulators']
  const run = (...args: readonly string[]) => answer(program, [...common, ...core, ...args], cleanEnv())
  return {
    variables,
    run,
    millrace: (...args) =>
      output(program, [...common, ...core, 'run', '--rm', '--no-deps', '-T', 'cli', ...args], cleanEnv()),
    config: async (...wanted) => {
      const on = wanted.flatMap((profile) => ['--profile', profile])
      return (await answer(program, [...common, ...on, 'config', '--services'], cleanEnv())).split('\n').filter(Boolean)
    },
    withoutSecrets: async () =>
      (
        await output(
          program,
          [...first, '--env-file', '/dev/null', ...files, '--profile', 'core', 'config'],
          cleanEnv(),
        )
      ).errors,
    up: async () => void (await run('up', '--detach', '--no-build', '--wait', '--wait-timeout', '600')),
    containerOf: (service) => run('ps', '--all', '--quiet', service),
    trouble: async () => {
      const listed = await run('ps', '--all', '--format', '{{.Service}} {{.State}} {{.Health}} {{.ExitCode}}')
      const bad = listed.split('\n').filter((line) => !/ running healthy | exited\s+0$/.test(`${line} `.trimEnd()))
      const logs = await Promise.all(bad.map((line) => run('logs', '--tail', '15', line.split(' ')[0] ?? '')))
      return [listed, ...logs].join('\n')
    },
    down: async () => {
      const { code, errors } = await output(
        program,
        [...common, ...core, 'down', '--volumes', '--remove-orphans', '--timeout', '10'],
        cleanEnv(),
      )
      if (code !== 0) throw new Error(`docker compose down failed, containers of ${project} may be left:\n${errors}`)
    },
  }
}

/** What a person has set must not reach the system: Compose prefers it to the env file. */
function cleanEnv(): NodeJS.ProcessEnv {
  const { PATH, HOME, DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG } = process.env
  return {
    PATH,
    HOME,
    ...(DOCKER_HOST && { DOCKER_HOST }),
    ...(DOCKER_CONTEXT && { DOCKER_CONTEXT }),
    ...(DOCKER_CONFIG && { DOCKER_CONFIG }),
  }
}

function write(dir: string, name: string, text: string): string {
  const file = join(dir, name)
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

function parse(text: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(text.matchAll(/^([A-Z_]+)=(.*)$/gm), ([, name = '', value = '']) => [name, value]),
  )
}

function choicesOf({ repository, version, local }: ComposeOptions): Record<string, string> {
  // The simulated Front has a plan that nothing here reaches.
  const own = { MILLRACE_IMAGES: repository, MILLRACE_VERSION: version, FRONT_API_CALLS_PER_MINUTE: '6000' }
  if (local === undefined) return own
  return { ...own, KAFKA_IMAGE: local.servers, REDIS_IMAGE: local.servers, POSTGRES_IMAGE: local.servers }
}

/** Every port that docker-compose.yml opens on this machine. */
async function freePorts(): Promise<Record<string, string>> {
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
  const names = new Set(Array.from(text.matchAll(/127\.0\.0\.1:\$\{([A-Z_]+):-\d+\}:/g), ([, name = '']) => name))
  const ports: Record<string, string> = {}
  for (const name of names) ports[name] = await unused(Object.values(ports))
  return ports
}

async function unused(taken: readonly string[]): Promise<string> {
  const port = String(await freePort())
  return taken.includes(port) ? unused(taken) : port
}

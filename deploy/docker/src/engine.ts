import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LocalError, root } from '@millrace/local'

const MAX_OUTPUT = 64 * 1_048_576
const COMPOSE = { module: 'github.com/docker/compose/v2', version: 'v2.40.3' }

export interface Output {
  readonly code: number
  readonly text: string
  readonly errors: string
}

/** Runs a program to its end; an exit code is an answer, not an error. Throws when there is no such program. */
export function output(command: string, args: readonly string[], env = process.env): Promise<Output> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { cwd: root, env, maxBuffer: MAX_OUTPUT }, (error, text, errors) => {
      const { code = 0 } = (error ?? {}) as { code?: number | string | null }
      if (typeof code === 'string') reject(error)
      // Ended by a signal.
      else resolve({ code: code ?? 1, text, errors })
    })
  })
}

/** What a program prints. @throws Error with the end of what it said when its exit code is not 0 */
export async function answer(command: string, args: readonly string[], env = process.env): Promise<string> {
  const { code, text, errors } = await output(command, args, env)
  if (code === 0) return text.trim()
  const said = `${text}\n${errors}`.trim().split('\n').slice(-12).join('\n')
  throw new Error(`${command} ${args.join(' ')} ended with exit code ${code}:\n${said}`)
}

/** What the command `docker` prints. @throws Error as `answer` */
export const docker = (...args: readonly string[]): Promise<string> => answer('docker', args)

/** @returns the engine's version. @throws LocalError `MR_LOCAL_SETTING` that says how to get one when none answers */
export async function needEngine(): Promise<string> {
  const args = ['version', '--format', '{{.Server.Version}}']
  const { code, text } = await output('docker', args).catch(() => ({ code: 1, text: '' }))
  if (code === 0) return text.trim()
  throw new LocalError(
    'MR_LOCAL_SETTING',
    `Checking the images needs a Docker engine, and none answers.
  - Debian, Ubuntu: apt-get install docker.io, then, where no service manager has started it, \`dockerd &\` as root
  - macOS, Windows: Docker Desktop, Colima, Rancher Desktop or OrbStack, started`,
  )
}

/** The command of Compose 2 with its first arguments: the plugin, else one that is built with Go, which takes minutes, once. */
export async function composeCommand(note: (text: string) => void): Promise<readonly [string, ...string[]]> {
  if ((await output('docker', ['compose', 'version'])).code === 0) return ['docker', 'compose']
  const path = join(root, '.local/cache/go-bin', COMPOSE.version, 'docker-compose')
  if (existsSync(path)) return [path]
  note('Docker has no plugin "compose" here: building it with Go into .local/cache (minutes, once)')
  await buildCompose(path).catch((cause: Error) => {
    const how = 'Starting the system needs Docker Compose 2: install the plugin, or Go to have it built.'
    throw new LocalError('MR_LOCAL_SETTING', `${how}\n  ${cause.message}`, { cause })
  })
  return [path]
}

/** In the module's own directory, since `go install` takes no module that excludes versions of others. */
async function buildCompose(path: string): Promise<void> {
  const { module, version } = COMPOSE
  const { Dir } = JSON.parse(await answer('go', ['mod', 'download', '-json', `${module}@${version}`]))
  const about = `-s -w -X ${module}/internal.Version=${version}`
  await answer('go', ['build', '-C', String(Dir), '-trimpath', '-ldflags', about, '-o', path, './cmd'])
}

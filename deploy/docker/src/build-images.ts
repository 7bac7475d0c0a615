import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { root } from '@millrace/local'
import type { Bundled } from './bundled.ts'
import { docker } from './engine.ts'

export interface BuildOptions {
  /** Before `/NAME:VERSION`. */
  readonly repository: string
  readonly version: string
  readonly base: string
}

/** Builds the image of a bundle that is there. @returns its name */
export async function buildImage({ name }: Bundled, { repository, version, base }: BuildOptions): Promise<string> {
  const image = `${repository}/${name}:${version}`
  const values = { BASE: base, SERVICE: name, VERSION: version, REVISION: await revision(), CREATED: now() }
  const args = Object.entries(values).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`])
  await docker('build', '--quiet', '--file', 'deploy/docker/Dockerfile', ...args, '--tag', image, '.')
  return image
}

const now = (): string => new Date().toISOString()

/** The commit of the checkout; `unknown` where it is none of git. */
async function revision(): Promise<string> {
  const head = promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: root })
  return head.then(
    ({ stdout }) => stdout.trim(),
    () => 'unknown',
  )
}

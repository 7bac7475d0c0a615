import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Say } from './say.ts'

/** The images of the stack. The reaper is testcontainers' own: it removes the containers when this process has ended. */
export const images = {
  kafka: 'apache/kafka:4.1.2',
  redis: 'redis:7.4-alpine',
  reaper: 'testcontainers/ryuk:0.14.0',
} as const

const pullDeadlineMs = 20_000

/** Why Docker cannot be used, as half a sentence; undefined when it can: a daemon on this machine answers and has the images. */
export async function whyNoDocker(say: Say): Promise<string | undefined> {
  const elsewhere = process.env.DOCKER_HOST
  if (elsewhere && !elsewhere.startsWith('unix:')) return `DOCKER_HOST is ${elsewhere}, not this machine`
  if (!(await docker(['version', '--format', '{{.Server.Version}}'], 3_000))) return 'no Docker daemon answers'
  const names = Object.values(images)
  const present = await Promise.all(
    names.map((image) => docker(['image', 'inspect', '--format', '{{.Id}}', image], 5_000)),
  )
  const absent = names.filter((_, index) => !present[index])
  if (absent.length === 0) return undefined
  const done = say.progress(`Pulling ${absent.join(', ')} (at most ${pullDeadlineMs / 1000} s, else Java is used)`)
  const pulled = await Promise.all(absent.map((image) => docker(['pull', '--quiet', image], pullDeadlineMs)))
  done(pulled.every(Boolean))
  const failed = absent.filter((_, index) => !pulled[index])
  return failed.length === 0 ? undefined : `${failed.join(', ')} could not be pulled within ${pullDeadlineMs / 1000} s`
}

async function docker(args: readonly string[], deadlineMs: number): Promise<boolean> {
  try {
    await promisify(execFile)('docker', [...args], { timeout: deadlineMs })
    return true
  } catch {
    return false
  }
}
